// The coverage wall: components × days. Each state has a shape of its own, so that it reads in
// black and white, too. Neighbouring days of one state are one path with one title.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "cli/report/day_state.hpp"
#include "cli/report/drawing.hpp"
#include "cli/report/figures.hpp"

namespace backstay::cli {
namespace {

using std::chrono::days;
using std::chrono::local_days;

constexpr double kHead = 20;        // months
constexpr double kRow = 17;         // one component
constexpr double kCell = 12;        // its height
constexpr double kLeastMonth = 58;  // of a label, so that two do not collide

/// Where the days of one state lie, as a path of one shape.
struct Shapes {
  std::string body;  ///< filled or outlined
  std::string mark;  ///< on top of it
};

std::string rectangle(double x, double y, double width, double height) {
  return fmt::format("M{:.1f} {:.1f}h{:.1f}v{:.1f}h-{:.1f}z", x, y, width, height, width);
}

void add_shape(Shapes& shapes, DayState state, double x, double y, double width) {
  const double right = x + width;
  const double bottom = y + kCell;
  switch (state) {
    case DayState::NoRecord:
      return;
    case DayState::NothingDue:
      shapes.body += rectangle(x + width / 2 - 1, y + kCell / 2 - 1, 2, 2);
      return;
    case DayState::Verified:
      shapes.body += rectangle(x, y, width, kCell);
      return;
    case DayState::Stored:
      shapes.body += rectangle(x, y, width, kCell);
      shapes.mark += fmt::format("M{:.1f} {:.1f}h{:.1f}", x + 1, y + kCell / 2, width - 2);
      return;
    case DayState::Partial:
      shapes.body += rectangle(x, y, width, kCell);
      shapes.mark += fmt::format("M{:.1f} {:.1f}V{:.1f}H{:.1f}z", x, y, bottom, right);
      return;
    case DayState::Missed:
      shapes.body += rectangle(x, y, width, kCell);
      shapes.mark += fmt::format("M{:.1f} {:.1f}L{:.1f} {:.1f}M{:.1f} {:.1f}L{:.1f} {:.1f}", x,
                                 y + kCell / 2, right, y, x, bottom, right, y + kCell / 2);
      return;
    case DayState::Failed:
      shapes.body += rectangle(x, y, width, kCell);
      shapes.mark +=
          fmt::format("M{:.1f} {:.1f}L{:.1f} {:.1f}M{:.1f} {:.1f}L{:.1f} {:.1f}", x + 1.5, y + 2.5,
                      right - 1.5, bottom - 2.5, right - 1.5, y + 2.5, x + 1.5, bottom - 2.5);
      return;
  }
}

void draw_shapes(Markup& svg, DayState state, const Shapes& shapes, const std::string& title) {
  if (shapes.body.empty())
    return;
  const std::string css = css_of(state);
  svg.open("g").element("title", title);
  path(svg, shapes.body, css);
  if (!shapes.mark.empty())
    path(svg, shapes.mark, css + "-mark");
  svg.close();
}

/// The days that stand beside each other on one line.
struct Band {
  std::size_t first = 0;
  std::size_t count = 0;
};

std::size_t days_beside(const Canvas& canvas) {
  return canvas.narrow ? 28 : 84;
}

/// One band of it is a picture.
class Wall {
 public:
  Wall(Markup& svg, const CoverageWall& wall, const Canvas& canvas)
      : svg_(svg),
        wall_(wall),
        left_(canvas.narrow ? 106 : 190),
        width_(canvas.width),
        pitch_((canvas.width - left_) / static_cast<double>(days_beside(canvas))),
        most_(days_beside(canvas)) {}

  double draw(const Band& band) {
    draw_months(band);
    double y = kHead;
    for (const WallRow& row : wall_.rows) {
      label(svg_, 0, y + kCell - 2, shortened(row.component, left_ > 150 ? 26 : 14), "n");
      draw_row(row, band, y);
      y += kRow;
    }
    return y;
  }

 private:
  [[nodiscard]] double x_of(const Band& band, std::size_t day) const {
    return left_ + static_cast<double>(most_ - band.count + day - band.first) * pitch_;
  }

  void draw_months(const Band& band) {
    double free_from = 0;
    for (std::size_t day = band.first; day < band.first + band.count; ++day) {
      const local_days date = wall_.first + days(day);
      const auto of_month = static_cast<unsigned>(std::chrono::year_month_day(date).day());
      const double x = x_of(band, day);
      if (of_month != 1 && day != band.first)
        continue;
      if (of_month == 1)
        line(svg_, x - 1, 4, x - 1, kHead - 4, "axis");
      if (x < free_from || x + kLeastMonth > width_ + 4)
        continue;
      // The name of a month that is about to end would push away that of the next one.
      if (of_month > 1 && of_month > 28 - static_cast<unsigned>(kLeastMonth / pitch_) &&
          of_month > 15)
        continue;
      label(svg_, x + 2, 12, month_text(date), "t");
      free_from = x + kLeastMonth;
    }
  }

  void draw_row(const WallRow& row, const Band& band, double y) {
    const std::size_t end = std::min(band.first + band.count, row.days.size());
    for (std::size_t day = band.first; day < end;) {
      std::size_t stop = day + 1;
      while (stop < end && row.days[stop].state == row.days[day].state &&
             row.days[stop].note == row.days[day].note)
        ++stop;
      Shapes shapes;
      for (std::size_t one = day; one < stop; ++one)
        add_shape(shapes, row.days[one].state, x_of(band, one), y, pitch_ - 1.4);
      draw_shapes(svg_, row.days[day].state, shapes, title_of(row, day, stop));
      day = stop;
    }
    draw_drills(row, band, y);
  }

  void draw_drills(const WallRow& row, const Band& band, double y) {
    for (std::size_t day = band.first; day < band.first + band.count; ++day) {
      if (!row.days[day].drilled)
        continue;
      path(svg_, rectangle(x_of(band, day) - 0.7, y - 1.5, pitch_, kCell + 3), "drilled",
           fmt::format("{}, {}: a point of this day was restored in a drill", row.component,
                       day_text(wall_.first + days(day))));
    }
  }

  [[nodiscard]] std::string title_of(const WallRow& row, std::size_t day, std::size_t stop) const {
    const std::string first = day_text(wall_.first + days(day));
    const std::string when =
        stop - day == 1 ? first
                        : fmt::format("{} to {}", first, day_text(wall_.first + days(stop - 1)));
    const WallDay& one = row.days[day];
    return fmt::format("{}, {}: {}{}", row.component, when, to_words(one.state),
                       one.note.empty() ? "" : " (" + one.note + ")");
  }

  Markup& svg_;
  const CoverageWall& wall_;
  double left_;
  double width_;
  double pitch_;
  std::size_t most_;
};

std::string name_of(const CoverageWall& wall, const Band& band) {
  return fmt::format("Coverage of {}: {} from {} to {}", wall.title,
                     counted(wall.rows.size(), "component"),
                     day_text(wall.first + days(band.first)),
                     day_text(wall.first + days(band.first + band.count - 1)));
}

bool has_record(const CoverageWall& wall) {
  return std::any_of(wall.rows.begin(), wall.rows.end(), [](const WallRow& row) {
    return std::any_of(row.days.begin(), row.days.end(),
                       [](const WallDay& day) { return day.state != DayState::NoRecord; });
  });
}

void tell_bad_days(Markup& page, const CoverageWall& wall) {
  constexpr std::size_t kMost = 20;
  const auto bad = bad_days(wall);
  if (bad.empty()) {
    page.element("p", has_record(wall) ? "No day of these was failed, missed or partial."
                                       : "No run of these days is known.");
    return;
  }
  const bool noted =
      std::any_of(bad.begin(), bad.end(), [](const BadDay& day) { return !day.note.empty(); });
  std::vector<std::string> heads = {"Day", "What", "Components"};
  if (noted)
    heads.emplace_back("Detail");
  std::vector<std::vector<std::string>> rows;
  for (std::size_t index = 0; index < std::min(kMost, bad.size()); ++index) {
    const BadDay& one = bad[index];
    rows.push_back({day_text(one.day), std::string(to_words(one.state)),
                    one.components.size() == wall.rows.size()
                        ? "all components"
                        : fmt::format("{}", fmt::join(one.components, ", "))});
    if (noted)
      rows.back().push_back(one.note);
  }
  table(page,
        bad.size() > kMost
            ? fmt::format("The last {} of {} days that were not well", kMost, bad.size())
            : std::string("Days that were not well, the last one first"),
        heads, rows);
}

}  // namespace

void draw_wall(Markup& page, const CoverageWall& wall) {
  const std::size_t total = wall.rows.empty() ? 0 : wall.rows.front().days.size();
  for (const Canvas& shape : {kDesk, kPhone}) {
    for (std::size_t end = total; end > 0;) {
      const Band band{.first = end - std::min(days_beside(shape), end),
                      .count = std::min(days_beside(shape), end)};
      draw_on(page, shape, name_of(wall, band), [&](Markup& svg, const Canvas& canvas) {
        return Wall(svg, wall, canvas).draw(band);
      });
      end = band.first;
    }
  }
  tell_bad_days(page, wall);
  std::vector<std::vector<std::string>> rows;
  for (const WallRow& row : wall.rows) {
    const DayCounts counts = count_days(row);
    std::vector<std::string> cells = {row.component, row.service};
    for (const DayState state : {DayState::Verified, DayState::Stored, DayState::Partial,
                                 DayState::Missed, DayState::Failed})
      cells.push_back(std::to_string(counts.of(state)));
    cells.push_back(std::to_string(counts.drilled));
    cells.push_back(counts.last_good ? day_text(wall.first + days(*counts.last_good)) : "none");
    rows.push_back(std::move(cells));
  }
  folded_table(page, "Days of each component by their worst state",
               {"Component", "Service", "Verified", "Stored", "Partial", "Missed", "Failed",
                "Drilled", "Last good day"},
               rows);
}

void draw_wall_legend(Markup& page) {
  page.open("ul", {{"class", "legend"}});
  for (const DayState state : {DayState::Verified, DayState::Stored, DayState::Partial,
                               DayState::Missed, DayState::Failed, DayState::NothingDue}) {
    page.open("li");
    draw_one(page, std::string(to_words(state)), 14, 14, [&](Markup& svg) {
      Shapes shapes;
      add_shape(shapes, state, 2, 1, 9);
      draw_shapes(svg, state, shapes, std::string(to_words(state)));
    });
    page.text(to_words(state)).close();
  }
  page.open("li");
  draw_one(page, "drilled", 14, 14, [](Markup& svg) {
    path(svg, rectangle(2, 1, 9, kCell), "day-verified");
    path(svg, rectangle(1, 0.5, 11, 13), "drilled");
  });
  page.text("restored in a drill").close().close();
}

}  // namespace backstay::cli
