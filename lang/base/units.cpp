#include "lang/base/units.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace backstay {
namespace {

template <typename Unit, std::size_t Count>
std::optional<Unit> parse_with_unit(
    std::string_view text, const std::array<std::pair<std::string_view, Unit>, Count>& units) {
  Unit number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end == text.data()) {
    return std::nullopt;
  }
  const std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const auto& [name, factor] : units) {
    if (suffix == name) {
      if (number < 0 || number > std::numeric_limits<Unit>::max() / factor) {
        return std::nullopt;
      }
      return number * factor;
    }
  }
  return std::nullopt;
}

using Seconds = std::int64_t;
constexpr std::array<std::pair<std::string_view, Seconds>, 5> kDurationUnits = {
    {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 7 * 86400}}};

using Bytes = std::uint64_t;
constexpr std::array<std::pair<std::string_view, Bytes>, 5> kSizeUnits = {{{"B", 1},
                                                                           {"KiB", 1ULL << 10U},
                                                                           {"MiB", 1ULL << 20U},
                                                                           {"GiB", 1ULL << 30U},
                                                                           {"TiB", 1ULL << 40U}}};

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  if (text.empty() || text.front() == '-' || text.front() == '+') {
    return std::nullopt;
  }
  const auto seconds = parse_with_unit<Seconds>(text, kDurationUnits);
  return seconds ? std::optional(Duration{*seconds}) : std::nullopt;
}

std::string to_string(Duration duration) {
  for (const std::size_t unit : {3U, 2U, 1U}) {
    const auto& [name, factor] = kDurationUnits.at(unit);
    if (duration.seconds != 0 && duration.seconds % factor == 0) {
      return fmt::format("{}{}", duration.seconds / factor, name);
    }
  }
  return fmt::format("{}s", duration.seconds);
}

std::string to_human(Duration duration) {
  constexpr std::array<std::pair<std::string_view, Seconds>, 4> kUnits = {
      {{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}}};
  for (std::size_t unit = 0; unit + 1 < kUnits.size(); ++unit) {
    const auto& [name, factor] = kUnits.at(unit);
    if (duration.seconds >= factor) {
      const auto& [next_name, next_factor] = kUnits.at(unit + 1);
      const Seconds rest = duration.seconds % factor / next_factor;
      return rest == 0
                 ? fmt::format("{} {}", duration.seconds / factor, name)
                 : fmt::format("{} {} {} {}", duration.seconds / factor, name, rest, next_name);
    }
  }
  return fmt::format("{} s", duration.seconds);
}

std::optional<ByteSize> parse_byte_size(std::string_view text) {
  const auto bytes = parse_with_unit<Bytes>(text, kSizeUnits);
  return bytes ? std::optional(ByteSize{*bytes}) : std::nullopt;
}

std::string to_string(ByteSize size) {
  for (std::size_t unit = kSizeUnits.size(); unit-- > 1;) {
    const auto& [name, factor] = kSizeUnits.at(unit);
    if (size.bytes != 0 && size.bytes % factor == 0) {
      return fmt::format("{}{}", size.bytes / factor, name);
    }
  }
  return fmt::format("{}B", size.bytes);
}

std::string to_human(ByteSize size) {
  for (std::size_t unit = kSizeUnits.size(); unit-- > 1;) {
    const auto& [name, factor] = kSizeUnits.at(unit);
    if (size.bytes >= factor) {
      const double value = static_cast<double>(size.bytes) / static_cast<double>(factor);
      return fmt::format("{:.{}f} {}", value, value < 9.995 ? 2 : (value < 99.95 ? 1 : 0), name);
    }
  }
  return fmt::format("{} B", size.bytes);
}

}  // namespace backstay
