// When a file may be taken for unchanged without reading it, and when it is read all the same.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <string_view>

namespace backstay::runtime {

/// A thirtieth of what is kept is looked at again each day.
inline constexpr std::int64_t kCheckDays = 30;

/// Whether something that was last checked on one day is due on another (days since 1970). Each
/// thing has its own day of thirty, from its name, so that the work is spread; what missed its day
/// is due at the next run. A clock that ran backwards makes everything due.
[[nodiscard]] constexpr bool is_due(std::string_view name,
                                    std::int64_t checked,
                                    std::int64_t today) {
  if (today < checked)
    return true;
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : name)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  const auto slot = static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(kCheckDays));
  const std::int64_t next =
      checked + 1 + (slot + kCheckDays - (checked + 1) % kCheckDays) % kCheckDays;
  return next <= today;
}

/// How a run treats what an earlier one read.
struct ReadAgain {
  std::int64_t today = 0;  ///< days since 1970
  bool all = false;        ///< `--rehash`
  /// Times that are not older than this before a file was read are never trusted: a change within
  /// the same tick of the clock leaves them as they are.
  std::chrono::nanoseconds settled{std::chrono::seconds(2)};
};

/// Whether a time of a file was older than `settled` when reading it began.
[[nodiscard]] constexpr bool is_settled(const timespec& time,
                                        const timespec& began,
                                        std::chrono::nanoseconds settled) {
  using std::chrono::nanoseconds;
  using std::chrono::seconds;
  const std::int64_t whole = began.tv_sec - time.tv_sec;
  // Why not in nanoseconds: times of files reach further than 64 bits of them do.
  constexpr std::int64_t kFar = 1'000'000;
  if (whole > kFar || whole < -kFar)
    return whole > 0;
  return seconds(whole) + nanoseconds(began.tv_nsec - time.tv_nsec) > settled;
}

}  // namespace backstay::runtime
