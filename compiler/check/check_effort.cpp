// Proofs about time look at every run of every schedule; this says what is too much of it.
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "compiler/calendar/effort.hpp"
#include "compiler/check/checks.hpp"

namespace backstay::compiler {
namespace {

/// Runs of all rules that differ, as find_fires() counts them: some 150 MB while proofs are made.
constexpr std::size_t kMostRuns = 2'000'000;
/// Schedules may share a rule, so that there are more of them than of rules.
constexpr std::size_t kMostSchedules = 20'000;

void report(const Schedule& schedule, std::string message, lang::Diagnostics& diagnostics) {
  diagnostics.add({.kind = lang::DiagnosticKind::TooManyRuns,
                   .primary = schedule.rule.span,
                   .message = std::move(message),
                   .primary_label = "the limit is passed here",
                   .help = "let services that run alike share a schedule, or split the policy"});
}

}  // namespace

void check_effort(const Policy& policy, const Horizon& horizon, lang::Diagnostics& diagnostics) {
  if (policy.schedules.size() > kMostSchedules) {
    report(policy.schedules[kMostSchedules],
           fmt::format("the policy has more than {} schedules", kMostSchedules), diagnostics);
    return;
  }
  std::set<std::string_view> counted;
  std::size_t runs = 0;
  for (const Schedule& schedule : policy.schedules) {
    const auto rule = parse_schedule_rule(schedule.rule.value);
    if (rule && counted.insert(schedule.rule.value).second) {
      runs += most_fires(*rule, horizon);
    }
    if (runs > kMostRuns) {
      report(schedule,
             fmt::format("the schedules of the policy run more than {} times in {} days", kMostRuns,
                         horizon.length.count()),
             diagnostics);
      return;
    }
  }
}

}  // namespace backstay::compiler
