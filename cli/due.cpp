#include "cli/due.hpp"

#include <fmt/format.h>

#include "compiler/calendar/time_text.hpp"
#include "compiler/calendar/timer_calendar.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::cli {
namespace {

/// When the newest run of this backup began.
std::optional<std::chrono::sys_seconds> last_begin(const std::vector<runtime::PastRun>& runs,
                                                   const plan::Plan& plan,
                                                   const std::string& backup,
                                                   const std::string& host,
                                                   const std::string& copy,
                                                   std::chrono::sys_seconds now) {
  std::optional<std::chrono::sys_seconds> last;
  for (const runtime::PastRun& run : runs) {
    const bool meant = run.what == (copy.empty() ? "backup" : "copy") && run.copy == copy;
    if (!meant || !run.begun || run.policy != plan.policy || run.backup != backup ||
        run.host != host) {
      continue;
    }
    const auto began = runtime::from_rfc3339(run.started);
    if (began && *began <= now && (!last || *began > *last)) {
      last = std::chrono::floor<std::chrono::seconds>(*began);
    }
  }
  return last;
}

/// Its name; empty where there is none.
std::string schedule_of(const plan::Plan& plan,
                        const std::string& backup,
                        const std::string& copy) {
  const plan::Backup* found = plan.backup(backup);
  if (found == nullptr || copy.empty())
    return found == nullptr ? std::string() : found->schedule;
  for (const plan::Copy& one : found->copies) {
    if (one.target == copy)
      return one.schedule;
  }
  return {};
}

}  // namespace

Result<Due> is_due(const plan::Plan& plan,
                   const std::string& backup,
                   const std::string& host,
                   const std::vector<runtime::PastRun>& runs,
                   std::chrono::system_clock::time_point now,
                   const std::string& copy) {
  const plan::Schedule* schedule = plan.schedule(schedule_of(plan, backup, copy));
  if (schedule == nullptr) {
    return Error{.kind = ErrorKind::Usage,
                 .message = fmt::format("backup `{}` has no schedule: it is never due", backup)};
  }
  const auto rule = compiler::parse_schedule_rule(schedule->rule);
  BACKSTAY_ASSIGN(const auto zone, compiler::Zone::find(plan.zone));
  if (!rule) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = fmt::format("the rule `{}` cannot be read", schedule->rule)};
  }
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const auto fire = compiler::last_fire(*rule, zone, seconds);
  const auto begun = last_begin(runs, plan, backup, host, copy, seconds);
  if (fire && (!begun || *begun < *fire)) {
    return Due{.due = true,
               .why = fmt::format("due since {}", compiler::instant_text(*fire, zone))};
  }
  const auto next = compiler::next_fire(*rule, zone, seconds);
  return Due{.due = false,
             .why = fmt::format("backup {} is not due: the next run is {}", backup,
                                next ? compiler::instant_text(*next, zone) : "not within a year")};
}

}  // namespace backstay::cli
