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

/// Of the steps that `bar` waited for, the one that ended last. Without an order on record: the one
/// that ended last before it began, which held its place where as many ran as may.
RunBar* waited_for(std::vector<RunBar>& bars, const RunBar& bar, const After& after) {
  const auto order = after.find(bar.id);
  RunBar* last = nullptr;
  for (RunBar& other : bars) {
    const bool before = order == after.end() ? end_of(other) <= bar.began && &other != &bar
                                             : std::find(order->second.begin(), order->second.end(),
                                                         other.id) != order->second.end();
    if (before && other.end != "skipped" && (last == nullptr || end_of(*last) < end_of(other)))
      last = &other;
  }
  return last;
}

/// From the step that ended last back to one that waited for nothing.
void mark_critical(RunChart& chart, const After& after) {
  RunBar* bar = nullptr;
  for (RunBar& one : chart.bars) {
    if (one.end != "skipped" && (bar == nullptr || end_of(*bar) < end_of(one)))
      bar = &one;
  }
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
