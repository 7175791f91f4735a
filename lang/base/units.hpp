// Quantities that carry their unit in the type, and the way they are written in policies and plans.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace backstay {

/// Elapsed time in whole seconds, 0 … about 292 thousand million years.
struct Duration {
  std::int64_t seconds = 0;
  friend auto operator<=>(const Duration&, const Duration&) = default;
};

/// A number of bytes.
struct ByteSize {
  std::uint64_t bytes = 0;
  friend auto operator<=>(const ByteSize&, const ByteSize&) = default;
};

/// `90s 15m 26h 7d 4w`, one unit, no sign, no fraction; nothing else. Overflow is nothing, too.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);
/// The largest unit that divides it without rest, at most `d`: `26h`, `90m`, `28d`, `0s`.
[[nodiscard]] std::string to_string(Duration duration);
/// For people, rounded to two units: `1 h 30 min`, `2 d 4 h`, `850 ms` is `0 s`.
[[nodiscard]] std::string to_human(Duration duration);

/// `512B 64KiB 50MiB 200GiB 2TiB`.
[[nodiscard]] std::optional<ByteSize> parse_byte_size(std::string_view text);
/// The largest unit that divides it without rest: `200GiB`, `1500B`.
[[nodiscard]] std::string to_string(ByteSize size);
/// IEC with three significant digits: `4.12 GiB`, `86.0 MiB`, `512 B`.
[[nodiscard]] std::string to_human(ByteSize size);

}  // namespace backstay
