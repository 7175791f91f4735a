// Numbers that the world bounds and that no line alone shows to be wrong: days of a month, runs
// that take no time.
#include <utility>

#include <fmt/format.h>

#include "compiler/calendar/schedule_rule.hpp"
#include "compiler/check/checks.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

using lang::DiagnosticKind;
using lang::Diagnostics;

constexpr unsigned kLastDay = 31;

void check_month_days(const Schedule& schedule, Diagnostics& diagnostics) {
  const auto rule = parse_schedule_rule(schedule.rule.value);
  const auto* const monthly = rule ? std::get_if<EveryMonthDay>(&*rule) : nullptr;
  if (monthly == nullptr) {
    return;
  }
  for (const unsigned day : monthly->days) {
    if (day == 0 || day > kLastDay) {
      diagnostics.add({
          .kind = DiagnosticKind::ValueOutOfRange,
          .primary = schedule.rule.span,
          .message = fmt::format("there is no day of a month {}", day),
          .help = fmt::format("write a number from 1 to {}", kLastDay),
      });
    }
  }
}

void check_window(const Schedule& schedule, Diagnostics& diagnostics) {
  if (schedule.window && schedule.window->value.seconds == 0) {
    diagnostics.add({
        .kind = DiagnosticKind::ValueOutOfRange,
        .primary = schedule.window->span,
        .message = fmt::format("a run of schedule `{}` takes longer than nothing", schedule.name),
        .help = "write the longest that a run takes, such as `2h`",
    });
  }
}

}  // namespace

void check_ranges(const Policy& policy, Diagnostics& diagnostics) {
  for (const Schedule& schedule : policy.schedules) {
    check_month_days(schedule, diagnostics);
    check_window(schedule, diagnostics);
  }
}

}  // namespace backstay::compiler
