// A run as bars over its time: where the night went, and which steps it waited for.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "cli/report/drawing.hpp"
#include "cli/report/figures.hpp"

namespace backstay::cli {
namespace {

using std::chrono::milliseconds;

/// A step between marks of the axis: 1, 2 or 5 times a power of ten seconds, or whole minutes and
/// hours.
milliseconds tick_of(milliseconds whole, std::size_t most) {
  constexpr std::int64_t kSteps[] = {100,       200,       500,        1'000,     2'000,
                                     5'000,     10'000,    20'000,     30'000,    60'000,
                                     120'000,   300'000,   600'000,    900'000,   1'800'000,
                                     3'600'000, 7'200'000, 14'400'000, 43'200'000};
  for (const std::int64_t step : kSteps) {
    if (whole.count() / step <= static_cast<std::int64_t>(most))
      return milliseconds(step);
  }
  return std::max(milliseconds(86'400'000), whole / static_cast<std::int64_t>(most));
}

std::string tick_text(milliseconds at) {
  if (at.count() == 0)
    return "0";
  if (at < std::chrono::minutes(1))
    return fmt::format("{:g} s", static_cast<double>(at.count()) / 1000.0);
  return to_human(Duration{at.count() / 1000});
}

/// The bars that are drawn: all of them, or the critical and the longest ones, as they began.
std::vector<const RunBar*> drawn_bars(const RunChart& chart) {
  std::vector<const RunBar*> bars;
  for (const RunBar& bar : chart.bars) {
    if (bar.end != "skipped")
      bars.push_back(&bar);
  }
  if (bars.size() <= kMostBars)
    return bars;
  std::vector<const RunBar*> order = bars;
  std::stable_sort(order.begin(), order.end(), [](const RunBar* a, const RunBar* b) {
    const auto rank = [](const RunBar* bar) { return bar->critical || bar->end != "done"; };
    return rank(a) != rank(b) ? rank(a) : a->took > b->took;
  });
  order.resize(kMostBars);
  std::erase_if(bars, [&](const RunBar* bar) {
    return std::find(order.begin(), order.end(), bar) == order.end();
  });
  return bars;
}

class Chart {
 public:
  Chart(Markup& svg, const RunChart& chart, const Canvas& canvas)
      : svg_(svg), chart_(chart), canvas_(canvas), bars_(drawn_bars(chart)) {
    left_ = canvas.narrow ? 0 : 300;
    scale_ = (canvas.width - left_ - (canvas.narrow ? 92 : 110)) /
             static_cast<double>(std::max<std::int64_t>(1, chart.took.count()));
  }

  double draw() {
    const double row = canvas_.narrow ? 31 : 19;
    const double bottom = kTop + row * static_cast<double>(bars_.size());
    draw_axis(bottom);
    double y = kTop;
    for (const RunBar* bar : bars_) {
      draw_bar(*bar, y);
      y += row;
    }
    return bottom + 4;
  }

 private:
  static constexpr double kTop = 20;

  [[nodiscard]] double x_of(milliseconds at) const {
    return left_ + scale_ * static_cast<double>(at.count());
  }

  void draw_axis(double bottom) {
    const milliseconds step = tick_of(chart_.took, canvas_.narrow ? 3 : 8);
    for (milliseconds at{0}; at <= chart_.took; at += step) {
      line(svg_, x_of(at), kTop - 5, x_of(at), bottom, "axis");
      label(svg_, x_of(at), 10, tick_text(at), "t", at.count() == 0 ? "start" : "middle");
    }
  }

  void draw_bar(const RunBar& bar, double y) {
    const double top = y + (canvas_.narrow ? 16 : 3);
    const double width = std::max(2.0, scale_ * static_cast<double>(bar.took.count()));
    const std::string css = bar.end != "done" ? "bar-bad" : bar.critical ? "bar-critical" : "bar";
    label(svg_, 0, y + 12.5,
          (bar.critical ? "◆ " : "") + shortened(bar.id, canvas_.narrow ? 44 : 38),
          bar.critical ? "n strong" : "n");
    svg_.open("g").element("title", title_of(bar));
    box(svg_, x_of(bar.began), top, width, 12, css);
    svg_.close();
    std::string words = took_text(bar.took);
    if (bar.end != "done")
      words += ", " + bar.end;
    label(svg_, x_of(bar.began) + width + 5, top + 10, words, "t");
  }

  static std::string title_of(const RunBar& bar) {
    std::string text = fmt::format("{}: {} after the start, took {}, {}", bar.id,
                                   took_text(bar.began), took_text(bar.took), bar.end);
    if (bar.critical)
      text += ", on the critical path";
    return bar.from.empty() ? text : text + "; asked for by " + bar.from;
  }

  Markup& svg_;
  const RunChart& chart_;
  const Canvas& canvas_;
  std::vector<const RunBar*> bars_;
  double left_ = 0;
  double scale_ = 0;
};

void tell_path(Markup& page, const RunChart& chart) {
  page.open("p").text("Critical path (◆): ");
  bool first = true;
  for (const RunBar& bar : chart.bars) {
    if (!bar.critical)
      continue;
    if (!first)
      page.text(" → ");
    page.element("code", bar.id);
    first = false;
  }
  page.text(
      fmt::format("; these took {} of the run's {}. Each waited for the one before it: for what "
                  "it made, or for its place where no more may run at once.",
                  took_text(chart.critical), took_text(chart.took)));
  page.close();
}

std::vector<std::vector<std::string>> rows_of(const RunChart& chart) {
  std::vector<std::vector<std::string>> rows;
  for (const RunBar& bar : chart.bars) {
    const bool skipped = bar.end == "skipped";
    rows.push_back({bar.id, bar.kind, bar.end, skipped || !chart.timed ? "" : took_text(bar.began),
                    skipped ? "" : took_text(bar.took),
                    bar.bytes == 0 ? "" : to_human(ByteSize{bar.bytes}), bar.critical ? "yes" : "",
                    bar.from});
  }
  return rows;
}

}  // namespace

void draw_run(Markup& page, const RunChart& chart) {
  page.open("p").text(fmt::format("Run ")).element("code", chart.run);
  page.text(fmt::format(", {}, began {}, its steps took {}.", chart.status, chart.started.text,
                        took_text(chart.took)));
  page.close();
  if (!chart.timed) {
    page.element("p",
                 "It was made by an earlier version, which did not record when a step began: "
                 "there is no picture of it.");
  } else {
    draw_both(page,
              fmt::format("Steps of the {}: {} in {}", chart.title,
                          counted(chart.bars.size(), "step"), took_text(chart.took)),
              [&](Markup& svg, const Canvas& canvas) { return Chart(svg, chart, canvas).draw(); });
    const std::size_t ran = static_cast<std::size_t>(
        std::count_if(chart.bars.begin(), chart.bars.end(),
                      [](const RunBar& bar) { return bar.end != "skipped"; }));
    if (ran > kMostBars) {
      page.element("p", fmt::format("Drawn are the critical and the longest {} of {} steps; the "
                                    "table has all.",
                                    kMostBars, ran));
    }
    tell_path(page, chart);
  }
  folded_table(page, fmt::format("Steps of run {}", chart.run),
               {"Step", "Kind", "End", "Began after", "Took", "Moved", "Critical", "Asked for by"},
               rows_of(chart));
}

}  // namespace backstay::cli
