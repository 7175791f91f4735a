// Words, style classes and counts of the days of a coverage wall.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/report/report_data.hpp"

namespace backstay::cli {

/// `verified`, `missed`.
[[nodiscard]] std::string_view to_words(DayState state);
/// `day-verified`
[[nodiscard]] std::string css_of(DayState state);
/// One character for a terminal.
[[nodiscard]] char letter_of(DayState state);
/// Nothing good came of it although something should have.
[[nodiscard]] bool is_bad(DayState state);

struct DayCounts {
  std::array<std::size_t, kDayStates> by_state{};
  std::size_t drilled = 0;
  std::optional<std::size_t> last_good = {};  ///< index of the last stored or verified day

  [[nodiscard]] std::size_t of(DayState state) const {
    return by_state[static_cast<std::size_t>(state)];
  }
};

[[nodiscard]] DayCounts count_days(const WallRow& row);

/// A day on which something was not well: its worst state, and which components had that one.
struct BadDay {
  std::chrono::local_days day;
  DayState state = DayState::Failed;
  std::vector<std::string> components;
  std::string note;
};

/// The last one first.
[[nodiscard]] std::vector<BadDay> bad_days(const CoverageWall& wall);

}  // namespace backstay::cli
