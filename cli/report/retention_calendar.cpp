// The retention calendar: which days can be restored, today and when the rules have been applied
// for 90 more days. A letter in each cell names the rule, a stroke through it says that it will go.
#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "cli/report/drawing.hpp"
#include "cli/report/figures.hpp"

namespace backstay::cli {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::year_month;
using std::chrono::year_month_day;

constexpr double kPitch = 15;
constexpr double kCell = 13;
constexpr int kMonthsBack = 14;

/// What a cell stands for, best first.
enum class CellKind : std::uint8_t { Stays, Goes, WillStay, WillGo };

CellKind kind_of(const CalendarPoint& point) {
  if (point.id.empty())
    return point.goes ? CellKind::WillGo : CellKind::WillStay;
  return point.goes ? CellKind::Goes : CellKind::Stays;
}

std::string_view css_of(CellKind kind) {
  switch (kind) {
    case CellKind::Stays:
      return "point-stays";
    case CellKind::Goes:
      return "point-goes";
    case CellKind::WillStay:
      return "point-will-stay";
    case CellKind::WillGo:
      return "point-will-go";
  }
  return "";
}

/// The points of one day, the best one first.
struct DayPoints {
  std::vector<const CalendarPoint*> points;
};

/// A held point has a capital, so that it is told from an hourly one.
std::string rule_letter(const std::string& rule) {
  return rule == "held" ? "H" : rule.substr(0, 1);
}

std::string title_of(local_days day, const DayPoints& points) {
  const CalendarPoint& best = *points.points.front();
  std::string text = day_text(day) + ": ";
  if (points.points.size() > 1)
    text += counted(points.points.size(), "point") + "; ";
  text += best.id.empty() ? "a run is due" : best.id;
  if (best.goes)
    text += fmt::format(", goes on {}", day_text(*best.goes));
  else
    text += ", stays";
  if (!best.reasons.empty())
    text += fmt::format(" ({})", fmt::join(best.reasons, ", "));
  return text;
}

void draw_cell(Markup& svg, double x, double y, local_days day, const DayPoints& points) {
  const CalendarPoint& best = *points.points.front();
  const CellKind kind = kind_of(best);
  svg.open("g").element("title", title_of(day, points));
  box(svg, x + 0.5, y + 0.5, kCell - 1, kCell - 1, css_of(kind));
  if (kind == CellKind::Goes)
    line(svg, x + 2, y + kCell - 2, x + kCell - 2, y + 2, "stroke");
  if (kind == CellKind::WillGo)
    box(svg, x + kCell / 2 - 1.5, y + kCell / 2 - 1.5, 3, 3, "dot");
  if (kind == CellKind::Stays || kind == CellKind::WillStay) {
    label(svg, x + kCell / 2, y + kCell - 3.5, rule_letter(best.rule),
          kind == CellKind::Stays ? "letter" : "letter-will", "middle");
  }
  svg.close();
}

using Days = std::map<local_days, DayPoints>;

void draw_month(Markup& page, year_month month, const Days& by_day, local_days today) {
  const local_days first{year_month_day(month / 1)};
  const local_days last{month / std::chrono::last};
  const auto lead = static_cast<double>(std::chrono::weekday(first).iso_encoding() - 1);
  const double rows = std::ceil((lead + static_cast<double>((last - first).count() + 1)) / 7);
  draw_one(page, fmt::format("Points of {}", month_text(first)), 7 * kPitch, 20 + rows * kPitch,
           [&](Markup& svg) {
             label(svg, 0, 12, month_text(first), "n");
             for (local_days day = first; day <= last; day += days(1)) {
               const double place = lead + static_cast<double>((day - first).count());
               const double x = std::fmod(place, 7) * kPitch;
               const double y = 19 + std::floor(place / 7) * kPitch;
               const auto found = by_day.find(day);
               if (found != by_day.end())
                 draw_cell(svg, x, y, day, found->second);
               else
                 label(svg, x + kCell / 2, y + kCell - 3.5,
                       std::to_string(static_cast<unsigned>(year_month_day(day).day())), "faint",
                       "middle");
               if (day == today)
                 box(svg, x - 0.75, y - 0.75, kCell + 1.5, kCell + 1.5, "today");
             }
           });
}

Days by_day(const RetentionCalendar& calendar) {
  Days days_of;
  for (const CalendarPoint& point : calendar.points) {
    if (!point.partial)
      days_of[point.day].points.push_back(&point);
  }
  for (auto& [day, points] : days_of) {
    std::stable_sort(
        points.points.begin(), points.points.end(),
        [](const CalendarPoint* a, const CalendarPoint* b) { return kind_of(*a) < kind_of(*b); });
  }
  return days_of;
}

std::string gap_text(const Outlook& outlook) {
  return outlook.points < 2 ? "" : to_human(outlook.longest_gap);
}

void tell_outlooks(Markup& page, const RetentionCalendar& calendar) {
  std::vector<std::vector<std::string>> rows;
  for (const Outlook& outlook : calendar.outlooks) {
    rows.push_back({outlook.in_days == 0 ? "today" : fmt::format("in {} days", outlook.in_days),
                    std::to_string(outlook.points), outlook.oldest.text, outlook.newest.text,
                    gap_text(outlook)});
  }
  table(page, fmt::format("What can be restored from {}", calendar.target),
        {"When", "Points", "The oldest is of", "The newest is of", "Longest gap between two"},
        rows);
}

std::vector<std::vector<std::string>> rows_of(const RetentionCalendar& calendar) {
  std::vector<std::vector<std::string>> rows;
  for (const CalendarPoint& point : calendar.points) {
    if (point.id.empty())
      continue;
    rows.push_back({point.id, point.at.text, point.partial ? "partial" : "complete",
                    point.goes ? "goes on " + day_text(*point.goes)
                               : fmt::format("stays beyond {} days", calendar.days_ahead),
                    fmt::format("{}", fmt::join(point.reasons, ", "))});
  }
  return rows;
}

}  // namespace

void draw_calendar(Markup& page, const RetentionCalendar& calendar) {
  if (!calendar.unknown.empty()) {
    page.element("p", calendar.unknown, {{"class", "unknown"}});
    return;
  }
  page.element("p", fmt::format("Kept there: {}.", calendar.rule));
  const Days points = by_day(calendar);
  const auto month_of = [](local_days day) {
    const year_month_day date(day);
    return date.year() / date.month();
  };
  const year_month end = month_of(calendar.today + days(calendar.days_ahead));
  year_month month = points.empty() ? month_of(calendar.today) : month_of(points.begin()->first);
  const year_month earliest = month_of(calendar.today) - std::chrono::months(kMonthsBack);
  if (month < earliest) {
    page.element("p",
                 fmt::format("Drawn are {} months back; the table has all points.", kMonthsBack));
    month = earliest;
  }
  page.open("div", {{"class", "months"}});
  for (; month <= end; month += std::chrono::months(1))
    draw_month(page, month, points, calendar.today);
  page.close();
  tell_outlooks(page, calendar);
  folded_table(page, fmt::format("Points in {} and what becomes of them", calendar.target),
               {"Point", "Started", "State", "What becomes of it", "Why it stays, today or then"},
               rows_of(calendar));
}

void draw_calendar_legend(Markup& page) {
  const local_days day{std::chrono::year(2027) / 1 / 1};
  CalendarPoint there{.at = {}, .day = day, .id = "p", .rule = "daily"};
  CalendarPoint goes = there;
  goes.goes = day;
  CalendarPoint will{.at = {}, .day = day, .id = {}, .rule = "weekly"};
  CalendarPoint will_go = will;
  will_go.goes = day;
  const std::pair<const CalendarPoint*, const char*> all[] = {
      {&there, "is there and stays beyond the 90 days"},
      {&goes, "is there and will go (crossed)"},
      {&will, "will be made and stays (dashed)"},
      {&will_go, "will be made and go again (dot)"}};
  page.open("ul", {{"class", "legend"}});
  for (const auto& [point, words] : all) {
    page.open("li");
    draw_one(page, words, 14, 14,
             [&](Markup& svg) { draw_cell(svg, 0.5, 0.5, day, DayPoints{{point}}); });
    page.text(words).close();
  }
  page.open("li");
  draw_one(page, "today", 15, 15, [](Markup& svg) { box(svg, 1, 1, 13, 13, "today"); });
  page.text("today").close().close();
  page.element("p",
               "The letter is the coarsest of what keeps the point: H held, y yearly, q quarterly, "
               "m monthly, w weekly, d daily, h hourly, l last, a all-for or at-least, o oldest, n "
               "newest or not verified. "
               "A number is a day without a point.",
               {{"class", "small"}});
}

}  // namespace backstay::cli
