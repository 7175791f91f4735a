#include "cli/report/report_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/render/table.hpp"
#include "cli/report/day_state.hpp"
#include "cli/report/drawing.hpp"
#include "cli/report/figures.hpp"
#include "lang/base/printable.hpp"

namespace backstay::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr std::size_t kDaysInLine = 28;

std::string safe_text(std::string_view text) {
  return lang::printable(text, true);
}

std::string heading(std::string_view text) {
  return fmt::format("\n{}\n\n", safe_text(text));
}

std::string wall_text(const CoverageWall& wall) {
  const std::size_t total = wall.rows.empty() ? 0 : wall.rows.front().days.size();
  const std::size_t first = total - std::min(total, kDaysInLine);
  Rows rows = {{"COMPONENT",
                fmt::format("{} TO TODAY", day_text(wall.first + std::chrono::days(first))), "GOOD",
                "BAD", "LAST GOOD DAY"}};
  for (const WallRow& row : wall.rows) {
    std::string line;
    for (std::size_t day = first; day < total; ++day)
      line += letter_of(row.days[day].state);
    const DayCounts counts = count_days(row);
    rows.push_back(
        {row.component, line,
         std::to_string(counts.of(DayState::Verified) + counts.of(DayState::Stored)),
         std::to_string(counts.of(DayState::Partial) + counts.of(DayState::Missed) +
                        counts.of(DayState::Failed)),
         counts.last_good ? day_text(wall.first + std::chrono::days(*counts.last_good)) : "none"});
  }
  return heading("Coverage: " + wall.title) + render_table(rows);
}

std::string run_text(const RunChart& chart) {
  std::string text = heading(fmt::format("{}: run {}, {}, {}", chart.title, chart.run, chart.status,
                                         took_text(chart.took)));
  Rows rows = {{"STEP", "BEGAN AFTER", "TOOK", "END", "CRITICAL"}};
  std::vector<const RunBar*> bars;
  for (const RunBar& bar : chart.bars) {
    if (bar.critical || bar.end != "done")
      bars.push_back(&bar);
  }
  for (const RunBar* bar : bars) {
    rows.push_back({bar->id, took_text(bar->began), took_text(bar->took), bar->end,
                    bar->critical ? "yes" : ""});
  }
  if (!chart.timed)
    return text + "  its steps have no times on record\n";
  return text + render_table(rows) +
         fmt::format("{} of {} steps: the critical path, {} of {}\n", bars.size(),
                     chart.bars.size(), took_text(chart.critical), took_text(chart.took));
}

std::string calendar_text(const RetentionCalendar& calendar) {
  std::string text = heading("Retention: " + calendar.title);
  if (!calendar.unknown.empty())
    return text + "  " + safe_text(calendar.unknown) + "\n";
  Rows rows = {{"WHEN", "POINTS", "OLDEST", "NEWEST", "LONGEST GAP"}};
  for (const Outlook& outlook : calendar.outlooks) {
    rows.push_back({outlook.in_days == 0 ? "today" : fmt::format("in {} days", outlook.in_days),
                    std::to_string(outlook.points), outlook.oldest.text, outlook.newest.text,
                    outlook.points < 2 ? "" : to_human(outlook.longest_gap)});
  }
  return text + render_table(rows);
}

std::string ladder_text(const RestoreLadder& ladder) {
  Rows rows = {{"SERVICE", "LAST PROVEN", "TOOK", "PROMISED", "VERDICT"}};
  for (const LadderService& one : ladder.services) {
    rows.push_back({one.service, one.proven.known() ? one.proven.text : "never",
                    one.proven.known() ? took_text(one.took) : "",
                    one.promised_rto ? "rto " + to_string(*one.promised_rto) : "", one.verdict});
  }
  return heading("Restores: " + ladder.title) + render_table(rows);
}

}  // namespace

std::string render_report_text(const ReportData& data) {
  std::string text = safe_text(data.answer) + "\n";
  text += fmt::format("Made {} on {}.\n", safe_text(data.made.text), safe_text(data.machine));
  for (const BackupCard& card : data.backups) {
    for (const std::string& problem : card.problems)
      text += fmt::format("PROBLEM  backup {} on {}: {}\n", safe_text(card.backup),
                          safe_text(card.host), safe_text(problem));
  }
  for (const CoverageWall& wall : data.walls)
    text += wall_text(wall);
  if (!data.walls.empty())
    text +=
        "\nV verified, s stored, p partial, - missed, X failed, . no run due, blank no record\n";
  for (const RunChart& chart : data.runs)
    text += run_text(chart);
  for (const RetentionCalendar& calendar : data.calendars)
    text += calendar_text(calendar);
  for (const StorageGrowth& storage : data.storage) {
    text += heading("Storage: target " + storage.target + ", " + storage.place) +
            safe_text(storage.unknown.empty() ? storage_sentence(storage) : storage.unknown) + "\n";
  }
  for (const RestoreLadder& ladder : data.ladders)
    text += ladder_text(ladder);
  return text;
}

}  // namespace backstay::cli
