// Numbers that the world bounds: ports, exit statuses, days of a month.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "compiler/calendar/schedule_rule.hpp"
#include "compiler/check/checks.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

using lang::DiagnosticKind;
using lang::Diagnostics;

/// The values that a number may have.
struct Range {
  std::int64_t least;
  std::int64_t greatest;

  [[nodiscard]] bool holds(std::int64_t value) const { return value >= least && value <= greatest; }
};

constexpr Range kPorts{1, 65'535};
constexpr Range kExitStatuses{0, 255};
constexpr Range kMonthDays{1, 31};

void report(const Span& place,
            const std::string& what,
            std::int64_t value,
            const Range& range,
            Diagnostics& diagnostics) {
  diagnostics.add({
      .kind = DiagnosticKind::ValueOutOfRange,
      .primary = place,
      .message = fmt::format("there is no {} {}", what, value),
      .help = fmt::format("write a number from {} to {}", range.least, range.greatest),
  });
}

void check_month_days(const Schedule& schedule, Diagnostics& diagnostics) {
  const auto rule = parse_schedule_rule(schedule.rule.value);
  const auto* const monthly = rule ? std::get_if<EveryMonthDay>(&*rule) : nullptr;
  if (monthly == nullptr) {
    return;
  }
  for (const unsigned day : monthly->days) {
    if (!kMonthDays.holds(day)) {
      report(schedule.rule.span, "day of a month", day, kMonthDays, diagnostics);
    }
  }
}

}  // namespace

void check_ranges(const Policy& policy, Diagnostics& diagnostics) {
  for (const DatabaseServer& server : policy.servers) {
    if (server.port && !kPorts.holds(server.port->value)) {
      report(server.port->span, "port", server.port->value, kPorts, diagnostics);
    }
  }
  for (const Service& service : policy.services) {
    for (const CheckFact& check : service.checks) {
      for (const std::int64_t status : check.accepts) {
        if (!kExitStatuses.holds(status)) {
          report(check.span, "exit status", status, kExitStatuses, diagnostics);
        }
      }
    }
  }
  for (const Schedule& schedule : policy.schedules) {
    check_month_days(schedule, diagnostics);
  }
}

}  // namespace backstay::compiler
