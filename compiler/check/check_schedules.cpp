// Schedules run when their text says, also on the two days a year on which the clock is changed.
#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "compiler/calendar/occurrences.hpp"
#include "compiler/calendar/time_text.hpp"
#include "compiler/check/checks.hpp"
#include "compiler/check/report.hpp"
#include "lang/base/fix.hpp"
#include "lang/base/suggest.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;
using lang::Diagnostics;
using std::chrono::seconds;

constexpr std::size_t kMostExamples = 4;

seconds time_of_day(std::chrono::local_seconds local) {
  return local - std::chrono::floor<std::chrono::days>(local);
}

void check_zone_missing(const Policy& policy, Diagnostics& diagnostics) {
  if (policy.zone || policy.schedules.empty()) {
    return;
  }
  const Schedule& first = policy.schedules.front();
  Diagnostic finding{
      .kind = DiagnosticKind::MissingZone,
      .primary = first.rule.span,
      .message = "no `zone` says whose time this is",
      .help =
          fmt::format("add `zone UTC` or `zone \"Europe/Berlin\"` below `policy {}`", policy.name),
  };
  for (const Schedule& schedule : policy.schedules) {
    if (finding.labels.size() < kMostLabels) {
      add_label(finding, schedule.rule.span, "here, too");
    }
  }
  diagnostics.add(std::move(finding));
}

/// The policy's zone; where it has none that is known, that is reported.
std::optional<Zone> check_zone(const Policy& policy, Diagnostics& diagnostics) {
  check_zone_missing(policy, diagnostics);
  if (!policy.zone) {
    return std::nullopt;
  }
  auto zone = Zone::find(policy.zone->value);
  if (zone) {
    return std::move(zone).value();
  }
  const Error& error = zone.error();
  lang::Diagnostic finding{
      .kind = DiagnosticKind::UnknownZone,
      .primary = policy.zone->span,
      .message = error.message,
      .help = error.hint,
  };
  if (error.kind == ErrorKind::NotFound) {
    finding.help = "write an IANA name such as `UTC` or `\"Europe/Berlin\"`";
    if (const auto meant = nearest(policy.zone->value, Zone::names())) {
      finding.help = "did you mean `" + *meant + "`?";
      finding.fixes.push_back(
          lang::replace(finding.primary, *meant == "UTC" ? *meant : "\"" + *meant + "\""));
    }
  }
  diagnostics.add(std::move(finding));
  return std::nullopt;
}

/// One schedule of a policy whose zone is known.
class ScheduleCheck {
 public:
  ScheduleCheck(const Policy& policy,
                const Schedule& schedule,
                const Zone& zone,
                const Horizon& horizon,
                Diagnostics& diagnostics)
      : policy_(policy),
        schedule_(schedule),
        zone_(zone),
        horizon_(horizon),
        diagnostics_(diagnostics) {}

  /// fires  of the rule in the zone and horizon
  void check(const ScheduleRule& rule, const std::vector<Fire>& fires) {
    check_absent_days(rule);
    if (fires.size() < 2) {
      // A day that no month has is the finding of check_ranges.
      if (!std::holds_alternative<EveryMonthDay>(rule)) {
        report_seldom(fires);
      }
      return;
    }
    check_clock_changes(fires);
    check_window(fires);
  }

 private:
  void check_absent_days(const ScheduleRule& rule) {
    const std::vector<AbsentDay> absent = find_absent_days(rule, horizon_);
    if (absent.empty()) {
      return;
    }
    Diagnostic finding{
        .kind = DiagnosticKind::AbsentDays,
        .primary = schedule_.rule.span,
        .message =
            fmt::format("schedule `{}` names a day that some months do not have", schedule_.name),
        .help = "write a day up to 28, or a rule such as `every last sun at 02:30`",
    };
    for (const AbsentDay& day : absent) {
      if (finding.witness.size() == kMostExamples) {
        finding.witness.push_back(fmt::format("and {} more", absent.size() - kMostExamples));
        break;
      }
      finding.witness.push_back(fmt::format("{:04}-{:02} has no day {}: nothing runs",
                                            static_cast<int>(day.month.year()),
                                            static_cast<unsigned>(day.month.month()), day.day));
    }
    diagnostics_.add(std::move(finding));
  }

  void report_seldom(const std::vector<Fire>& fires) {
    diagnostics_.add({
        .kind = DiagnosticKind::SeldomFires,
        .primary = schedule_.rule.span,
        .message = fmt::format("schedule `{}` runs {}", schedule_.name,
                               fires.empty() ? "never" : "only once"),
        .witness = {fires.empty()
                        ? "no run in " + horizon_text(horizon_)
                        : fmt::format("{} is the only run in {}", local_text(fires.front().planned),
                                      horizon_text(horizon_))},
        .help = "write a rule that comes again, such as `every day at 02:30`",
    });
  }

  [[nodiscard]] std::string describe(const Fire& fire) const {
    if (fire.kind == LocalInstant::Kind::Skipped) {
      return fmt::format("{} does not exist in {}: it runs at {}", local_text(fire.planned),
                         zone_.name(), time_text(time_of_day(zone_.to_local(fire.at))));
    }
    return fmt::format("{} occurs twice in {}: it runs the first time", local_text(fire.planned),
                       zone_.name());
  }

  void check_clock_changes(const std::vector<Fire>& fires) {
    Diagnostic finding{
        .kind = DiagnosticKind::DstGap,
        .primary = schedule_.rule.span,
        .message = fmt::format("schedule `{}` falls into an hour in which the clock is changed",
                               schedule_.name),
    };
    for (const Fire& fire : fires) {
      const bool is_example = fire.kind != LocalInstant::Kind::Once;
      if (is_example && finding.help.empty()) {
        propose_safe_time(fire, finding);
      }
      if (is_example && finding.witness.size() < kMostExamples) {
        finding.witness.push_back(describe(fire));
      }
    }
    if (!finding.witness.empty()) {
      add_label(finding, policy_.zone->span, "this zone changes its clock");
      diagnostics_.add(std::move(finding));
    }
  }

  // The rule with another time, where it says the time as a clock does.
  void propose_safe_time(const Fire& fire, Diagnostic& finding) const {
    const auto time = std::chrono::floor<std::chrono::minutes>(time_of_day(fire.planned));
    const auto safe = find_safe_time(time, zone_, horizon_);
    if (!safe) {
      finding.help = "`zone UTC` never changes its clock";
      return;
    }
    finding.help = fmt::format("`{}` exists once on every day", time_text(*safe));
    std::string rule = schedule_.rule.value;
    const std::string planned = time_text(time);
    const bool one_time = std::count(rule.begin(), rule.end(), ':') == 1;
    if (const std::size_t at = rule.find(planned); at != std::string::npos && one_time) {
      finding.fixes.push_back(
          lang::replace(schedule_.rule.span, rule.replace(at, planned.size(), time_text(*safe))));
    }
  }

  void check_window(const std::vector<Fire>& fires) {
    if (!schedule_.window) {
      return;
    }
    std::size_t least = 1;
    for (std::size_t at = 2; at < fires.size(); ++at) {
      if (fires[at].at - fires[at - 1].at < fires[least].at - fires[least - 1].at) {
        least = at;
      }
    }
    const Duration gap{(fires[least].at - fires[least - 1].at).count()};
    const Duration jitter = schedule_.jitter ? schedule_.jitter->value : Duration{};
    const std::int64_t allowed = gap.seconds - jitter.seconds;
    if (schedule_.window->value.seconds <= allowed) {
      return;
    }
    Diagnostic finding{
        .kind = DiagnosticKind::RunsOverlap,
        .primary = schedule_.window->span,
        .message = fmt::format(
            "a run of schedule `{}` may take {}{}, but the next may come after {}", schedule_.name,
            to_string(schedule_.window->value),
            schedule_.jitter ? fmt::format(" and begin {} late", to_string(jitter)) : "",
            to_string(gap)),
        .witness = {fmt::format("{} and {}", local_text(zone_.to_local(fires[least - 1].at)),
                                local_text(zone_.to_local(fires[least].at)))},
        .help = allowed > 0 ? fmt::format("a `window` of at most {}, or a rule with longer gaps",
                                          to_string(Duration{allowed}))
                            : "a shorter `jitter`, or a rule with longer gaps",
    };
    if (schedule_.jitter) {
      add_label(finding, schedule_.jitter->span, "begins so much later");
    }
    add_label(finding, schedule_.rule.span, "runs so often");
    diagnostics_.add(std::move(finding));
  }

  const Policy& policy_;
  const Schedule& schedule_;
  const Zone& zone_;
  const Horizon& horizon_;
  Diagnostics& diagnostics_;
};

/// The usual intervals on both sides of one that does not divide a day.
std::string interval_help(Duration interval) {
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 3'600;
  constexpr std::array kUsual{kMinute,   5 * kMinute, 10 * kMinute, 15 * kMinute, 30 * kMinute,
                              kHour,     2 * kHour,   3 * kHour,    4 * kHour,    6 * kHour,
                              8 * kHour, 12 * kHour,  24 * kHour};
  const auto above = std::lower_bound(kUsual.begin(), kUsual.end(), interval.seconds);
  if (above == kUsual.end()) {
    return "write `every day at 02:30` or longer rules such as `every mon at 02:30`";
  }
  if (above == kUsual.begin()) {
    return "write `every 1m` or longer";
  }
  return fmt::format("write `every {}` or `every {}`", to_string(Duration{*(above - 1)}),
                     to_string(Duration{*above}));
}

bool check_interval(const Schedule& schedule, const ScheduleRule& rule, Diagnostics& diagnostics) {
  const auto* const every = std::get_if<EveryInterval>(&rule);
  constexpr std::int64_t kDay = 86'400;
  if (every == nullptr || (every->interval.seconds > 0 && kDay % every->interval.seconds == 0)) {
    return true;
  }
  diagnostics.add({
      .kind = DiagnosticKind::BadInterval,
      .primary = schedule.rule.span,
      .message = fmt::format("schedule `{}` runs every {}, which does not divide a day",
                             schedule.name, to_string(every->interval)),
      .help = interval_help(every->interval),
  });
  return false;
}

void report_bad_calendar(const Schedule& schedule, Diagnostics& diagnostics) {
  const auto text = calendar_text(schedule.rule.value);
  const auto parsed = text ? parse_calendar(*text) : CalendarExpression{};
  if (const auto* const problem = std::get_if<CalendarProblem>(&parsed)) {
    diagnostics.add({
        .kind = DiagnosticKind::BadCalendar,
        .primary = schedule.rule.span,
        .message = fmt::format("schedule `{}` cannot be read: {}", schedule.name, problem->message),
        .help = "write it as systemd does: `calendar \"Mon..Fri *-*-* 02:30\"`",
    });
  }
}

}  // namespace

void check_schedules(const Policy& policy, const Horizon& horizon, Diagnostics& diagnostics) {
  const std::optional<Zone> zone = check_zone(policy, diagnostics);
  std::map<std::string_view, std::vector<Fire>> fires;  // many schedules may share a rule
  for (const Schedule& schedule : policy.schedules) {
    const auto rule = parse_schedule_rule(schedule.rule.value);
    if (!rule) {
      report_bad_calendar(schedule, diagnostics);
    } else if (check_interval(schedule, *rule, diagnostics) && zone) {
      const auto [found, is_new] = fires.try_emplace(schedule.rule.value);
      if (is_new) {
        found->second = find_fires(*rule, *zone, horizon);
      }
      ScheduleCheck(policy, schedule, *zone, horizon, diagnostics).check(*rule, found->second);
    }
  }
}

}  // namespace backstay::compiler
