#include "cli/report/day_state.hpp"

#include <algorithm>

namespace backstay::cli {

std::string_view to_words(DayState state) {
  switch (state) {
    case DayState::NoRecord:
      return "no record";
    case DayState::NothingDue:
      return "no run due";
    case DayState::Verified:
      return "verified";
    case DayState::Stored:
      return "stored";
    case DayState::Partial:
      return "partial";
    case DayState::Missed:
      return "missed";
    case DayState::Failed:
      return "failed";
  }
  return "";
}

std::string css_of(DayState state) {
  switch (state) {
    case DayState::NoRecord:
      return "day-none";
    case DayState::NothingDue:
      return "day-idle";
    case DayState::Verified:
      return "day-verified";
    case DayState::Stored:
      return "day-stored";
    case DayState::Partial:
      return "day-partial";
    case DayState::Missed:
      return "day-missed";
    case DayState::Failed:
      return "day-failed";
  }
  return "";
}

char letter_of(DayState state) {
  switch (state) {
    case DayState::NoRecord:
      return ' ';
    case DayState::NothingDue:
      return '.';
    case DayState::Verified:
      return 'V';
    case DayState::Stored:
      return 's';
    case DayState::Partial:
      return 'p';
    case DayState::Missed:
      return '-';
    case DayState::Failed:
      return 'X';
  }
  return '?';
}

bool is_bad(DayState state) {
  return state == DayState::Partial || state == DayState::Missed || state == DayState::Failed;
}

DayCounts count_days(const WallRow& row) {
  DayCounts counts;
  for (std::size_t day = 0; day < row.days.size(); ++day) {
    const WallDay& one = row.days[day];
    ++counts.by_state[static_cast<std::size_t>(one.state)];
    counts.drilled += one.drilled ? 1 : 0;
    if (one.state == DayState::Verified || one.state == DayState::Stored)
      counts.last_good = day;
  }
  return counts;
}

std::vector<BadDay> bad_days(const CoverageWall& wall) {
  std::vector<BadDay> bad;
  const std::size_t total = wall.rows.empty() ? 0 : wall.rows.front().days.size();
  for (std::size_t day = total; day > 0; --day) {
    BadDay one{.day = wall.first + std::chrono::days(day - 1),
               .state = DayState::NoRecord,
               .components = {},
               .note = {}};
    for (const WallRow& row : wall.rows)
      one.state = std::max(one.state, row.days[day - 1].state);
    if (!is_bad(one.state))
      continue;
    for (const WallRow& row : wall.rows) {
      if (row.days[day - 1].state != one.state)
        continue;
      one.components.push_back(row.component);
      if (one.note.empty())
        one.note = row.days[day - 1].note;
    }
    bad.push_back(std::move(one));
  }
  return bad;
}

}  // namespace backstay::cli
