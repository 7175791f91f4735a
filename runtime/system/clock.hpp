// Time, as a border: the real clock, or one that a test moves.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace backstay::runtime {

/// Wall time for names and records; steady time for durations and deadlines. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual std::chrono::system_clock::time_point now() = 0;
  [[nodiscard]] virtual std::chrono::steady_clock::time_point steady_now() = 0;
};

class RealClock final : public Clock {
 public:
  [[nodiscard]] std::chrono::system_clock::time_point now() override;
  [[nodiscard]] std::chrono::steady_clock::time_point steady_now() override;
};

/// `2026-11-22T02:30:00Z`, whole seconds, UTC.
[[nodiscard]] std::string to_rfc3339(std::chrono::system_clock::time_point when);
/// The instant of `2026-11-22T02:30:00Z`, as to_rfc3339() writes it; nothing for another form.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> from_rfc3339(
    const std::string& text);
/// `20261122T023000Z`: for names of snapshots and runs.
[[nodiscard]] std::string to_compact_utc(std::chrono::system_clock::time_point when);
/// The instant of `20261122T023000Z`; nothing for another form.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> from_compact_utc(
    const std::string& text);

}  // namespace backstay::runtime
