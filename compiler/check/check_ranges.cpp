// Numbers that the world bounds: ports, exit statuses, days of a month; and values of nothing.
#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "compiler/calendar/schedule_rule.hpp"
#include "compiler/check/checks.hpp"
#include "compiler/check/promises.hpp"
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

void check_statuses(const std::vector<std::int64_t>& accepts,
                    const Span& place,
                    Diagnostics& diagnostics) {
  for (const std::int64_t status : accepts) {
    if (!kExitStatuses.holds(status)) {
      report(place, "exit status", status, kExitStatuses, diagnostics);
    }
  }
}

/// A line whose value is nothing says nothing, and would be read as if it did.
void report_nothing(const Span& place, std::string_view said, Diagnostics& diagnostics) {
  diagnostics.add({
      .kind = DiagnosticKind::ValueOutOfRange,
      .primary = place,
      .message = fmt::format("`{}` means nothing", said),
      .help = "write more than nothing, or remove the line",
  });
}

void check_more_than_nothing(const std::optional<Located<Duration>>& duration,
                             std::string_view word,
                             Diagnostics& diagnostics) {
  if (duration && duration->value.seconds == 0) {
    report_nothing(duration->span, fmt::format("{} 0", word), diagnostics);
  }
}

void check_more_than_nothing(const std::optional<Located<ByteSize>>& size,
                             std::string_view word,
                             Diagnostics& diagnostics) {
  if (size && size->value.bytes == 0) {
    report_nothing(size->span, fmt::format("{} 0", word), diagnostics);
  }
}

void check_service(const Service& service, Diagnostics& diagnostics) {
  for (const CheckFact& check : service.checks) {
    check_statuses(check.accepts, check.span, diagnostics);
  }
  for (const auto* hook : {&service.before_backup, &service.after_backup, &service.before_restore,
                           &service.after_restore}) {
    if (*hook) {
      check_statuses((*hook)->accepts, (*hook)->span, diagnostics);
      check_more_than_nothing((*hook)->timeout, "timeout", diagnostics);
    }
  }
}

void check_places(const Policy& policy, Diagnostics& diagnostics) {
  for (const Host& host : policy.hosts) {
    if (host.port && !kPorts.holds(host.port->value)) {
      report(host.port->span, "port", host.port->value, kPorts, diagnostics);
    }
  }
  for (const DatabaseServer& server : policy.servers) {
    if (server.port && !kPorts.holds(server.port->value)) {
      report(server.port->span, "port", server.port->value, kPorts, diagnostics);
    }
  }
  for (const Target& target : policy.targets) {
    check_more_than_nothing(target.locked, "locked", diagnostics);
    check_more_than_nothing(target.capacity, "capacity", diagnostics);
    check_more_than_nothing(target.bandwidth, "bandwidth", diagnostics);
  }
}

void check_runs(const Policy& policy, Diagnostics& diagnostics) {
  for (const Schedule& schedule : policy.schedules) {
    check_month_days(schedule, diagnostics);
    check_more_than_nothing(schedule.window, "window", diagnostics);
  }
  for (const Backup& backup : policy.backups) {
    check_more_than_nothing(backup.deadline, "deadline", diagnostics);
    if (backup.concurrency && backup.concurrency->value == 0) {
      report_nothing(backup.concurrency->span, "concurrency 0", diagnostics);
    }
  }
  for (const Drill& drill : policy.drills) {
    check_more_than_nothing(drill.deadline, "deadline", diagnostics);
    for (const ExpectRun& command : drill.commands) {
      check_statuses(command.accepts, command.span, diagnostics);
    }
  }
}

void check_promised(const Policy& policy, Diagnostics& diagnostics) {
  for (const Requirement& requirement : policy.requirements) {
    for (const PromiseFact& promise : requirement.promises) {
      const bool may_be_nothing = promise.kind == PromiseKind::Encrypted;
      if (promise.amount == 0 && !may_be_nothing) {
        report_nothing(promise.span, to_string(promise), diagnostics);
      }
    }
  }
}

}  // namespace

void check_ranges(const Policy& policy, Diagnostics& diagnostics) {
  check_places(policy, diagnostics);
  for (const Service& service : policy.services) {
    check_service(service, diagnostics);
  }
  check_runs(policy, diagnostics);
  check_promised(policy, diagnostics);
}

}  // namespace backstay::compiler
