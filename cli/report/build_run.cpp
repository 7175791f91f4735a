#include "cli/report/build_run.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace backstay::cli {
namespace {

using std::chrono::milliseconds;
using After = std::map<std::string, std::vector<std::string>>;

milliseconds end_of(const RunBar& bar) {
  return bar.began + bar.took;
}

/// A step begins this soon after what it needs has ended, unless it waited for a place.
constexpr milliseconds kAtOnce{50};

/// Of the steps that fit, the one that ended last.
RunBar* last_ended(std::vector<RunBar>& bars, const auto& fits) {
  RunBar* last = nullptr;
  for (RunBar& bar : bars) {
    if (bar.end != "skipped" && fits(bar) && (last == nullptr || end_of(*last) < end_of(bar)))
      last = &bar;
  }
  return last;
}

/// What `bar` waited for last: one of the steps that it needs, or, where it began only later, the
/// one that left it a place: no more than so many steps run at once.
RunBar* waited_for(std::vector<RunBar>& bars, const RunBar& bar, const After& after) {
  const auto order = after.find(bar.id);
  RunBar* needed = nullptr;
  if (order != after.end()) {
    needed = last_ended(bars, [&](const RunBar& other) {
      return std::find(order->second.begin(), order->second.end(), other.id) != order->second.end();
    });
  }
  const milliseconds free = needed == nullptr ? milliseconds(0) : end_of(*needed);
  if (bar.began - free <= kAtOnce)
    return needed;
  RunBar* place = last_ended(bars, [&](const RunBar& other) {
    return &other != &bar && end_of(other) <= bar.began && end_of(other) > free;
  });
  return place == nullptr ? needed : place;
}

/// From the step that ended last back to one that waited for nothing.
void mark_critical(RunChart& chart, const After& after) {
  RunBar* bar = last_ended(chart.bars, [](const RunBar&) { return true; });
  while (bar != nullptr && !bar->critical) {
    bar->critical = true;
    chart.critical += bar->took;
    bar = waited_for(chart.bars, *bar, after);
  }
}

}  // namespace

RunChart build_run(const KnownRun& run,
                   const std::vector<plan::Step>& steps,
                   const PlanCalendar& calendar) {
  RunChart chart{.title = fmt::format("{} {} of policy {} on {}",
                                      run.what == "drill" ? "Drill of backup" : "Backup",
                                      run.backup, run.policy, run.host),
                 .run = run.id,
                 .status = run.status,
                 .started = calendar.moment(run.started)};
  After after;
  for (const KnownStep& step : run.steps) {
    const auto planned = std::find_if(steps.begin(), steps.end(),
                                      [&](const plan::Step& one) { return one.id == step.id; });
    if (!step.after.empty())
      after.emplace(step.id, step.after);
    else if (planned != steps.end())
      after.emplace(step.id, planned->after);
    if (!step.began && step.state != "skipped")
      chart.timed = false;
    chart.bars.push_back({.id = step.id,
                          .kind = step.kind,
                          .from = planned == steps.end() ? "" : planned->from,
                          .end = step.state,
                          .began = step.began.value_or(milliseconds(0)),
                          .took = step.took,
                          .bytes = step.bytes});
  }
  std::stable_sort(chart.bars.begin(), chart.bars.end(), [](const RunBar& a, const RunBar& b) {
    const bool skipped_a = a.end == "skipped";
    const bool skipped_b = b.end == "skipped";
    return skipped_a != skipped_b ? skipped_b : a.began < b.began;
  });
  for (const RunBar& bar : chart.bars) {
    if (bar.end != "skipped")
      chart.took = std::max(chart.took, end_of(bar));
  }
  if (chart.timed)
    mark_critical(chart, after);
  return chart;
}

}  // namespace backstay::cli
