#include "compiler/simulate/simulate_target.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "compiler/calendar/buckets.hpp"
#include "compiler/calendar/effort.hpp"
#include "compiler/check/points.hpp"
#include "compiler/plan/retention.hpp"

namespace backstay::compiler {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

seconds seconds_of(const std::string& duration) {
  const auto parsed = parse_duration(duration);
  return parsed ? std::min(seconds(parsed->seconds), longest_time) : seconds(0);
}

/// When a schedule runs, and until when a run may take.
struct Pace {
  std::vector<Fire> fires = {};
  seconds latest{0};
  std::string rule = {};
};

std::optional<Pace> pace_of(const plan::Plan& plan,
                            const std::string& name,
                            const Zone& zone,
                            const Horizon& horizon) {
  const plan::Schedule* const schedule = plan.schedule(name);
  const auto rule = schedule == nullptr ? std::nullopt : parse_schedule_rule(schedule->rule);
  if (!rule) {
    return std::nullopt;
  }
  return Pace{find_fires(*rule, zone, horizon),
              seconds_of(schedule->jitter) + seconds_of(schedule->window), schedule->rule};
}

/// A run of a target before it is decided what stays.
struct Bringing {
  SimulatedRun run;
  sys_seconds available;
};

std::vector<Bringing> after_each_run(const Pace& pace, seconds lag) {
  std::vector<Bringing> all;
  for (const Fire& fire : pace.fires) {
    all.push_back({{.fire = fire, .point = fire.at}, fire.at + pace.latest + lag});
  }
  return all;
}

std::vector<Bringing> at_own_fires(const Pace& pace, const Pace& copies, seconds lag) {
  const auto runs = arrivals_of_runs(pace.fires, pace.latest);
  const auto points = arrivals_of_copies(runs, copies.fires, copies.latest + lag);
  std::vector<Bringing> all;
  std::size_t next = 0;
  for (const Fire& fire : copies.fires) {
    const sys_seconds available = fire.at + copies.latest + lag;
    const bool brings = next < points.size() && points[next].available == available;
    all.push_back({{.fire = fire, .point = {}, .nothing_new = !brings}, available});
    if (brings) {
      all.back().run.point = points[next++].begun;
    }
  }
  return all;
}

// The last point ends the outage.
void leave_out(std::vector<Bringing>& all, Duration outage) {
  const Bringing* last = nullptr;
  for (const Bringing& one : all) {
    last = one.run.nothing_new ? last : &one;
  }
  for (Bringing& one : all) {
    one.run.missed = &one != last && last != nullptr && !one.run.nothing_new &&
                     (last->run.point - one.run.point).count() <= outage.seconds;
  }
}

plan::RetentionPoint point_of(const SimulatedRun& run, std::size_t index, const Zone& zone) {
  return {.id = std::to_string(index), .at = run.point, .periods = periods_of(run.point, zone)};
}

std::vector<SimulatedRun> decide_all(std::vector<Bringing> all,
                                     const plan::Retention& retention,
                                     const Zone& zone) {
  std::vector<SimulatedRun> runs;
  std::vector<plan::RetentionPoint> points;
  const sys_seconds end = all.empty() ? sys_seconds{} : all.back().available;
  for (Bringing& one : all) {
    if (!one.run.missed && !one.run.nothing_new) {
      points.push_back(point_of(one.run, runs.size(), zone));
      std::vector<plan::RetentionPoint> left;
      for (const std::size_t kept : plan::kept_points(points, retention, one.available)) {
        left.push_back(std::move(points[kept]));
      }
      points = std::move(left);
    }
    one.run.points = points.size();
    runs.push_back(std::move(one.run));
  }
  for (const auto& decision : plan::decide(points, retention, end)) {
    SimulatedRun& run = runs[std::stoul(decision.id)];
    run.kept = decision.keep;
    for (const plan::RetentionReason& reason : decision.reasons) {
      run.reasons.push_back(plan::to_string(reason));
    }
  }
  return runs;
}

class Simulation {
 public:
  Simulation(const plan::Plan& plan, const Zone& zone, const Horizon& horizon, Duration outage)
      : plan_(plan), zone_(zone), horizon_(horizon), outage_(outage) {}

  std::vector<SimulatedTarget> run(const plan::Backup& backup) const {
    const auto pace = pace_of(plan_, backup.schedule, zone_, horizon_);
    std::vector<SimulatedTarget> targets;
    targets.push_back(
        fill({.target = backup.target, .retention = backup.retention}, pace, seconds(0)));
    for (const plan::Copy& copy : backup.copies) {
      SimulatedTarget target{.target = copy.target, .retention = copy.retention, .is_copy = true};
      target.own_pace = !copy.schedule.empty();
      const auto own = target.own_pace ? pace_of(plan_, copy.schedule, zone_, horizon_) : pace;
      targets.push_back(own && pace && target.own_pace
                            ? decided(std::move(target), own->rule,
                                      at_own_fires(*pace, *own, seconds_of(copy.lag)))
                            : fill(std::move(target), pace, seconds_of(copy.lag)));
    }
    return targets;
  }

 private:
  [[nodiscard]] SimulatedTarget fill(SimulatedTarget target,
                                     const std::optional<Pace>& pace,
                                     seconds lag) const {
    return pace ? decided(std::move(target), pace->rule, after_each_run(*pace, lag)) : target;
  }

  [[nodiscard]] SimulatedTarget decided(SimulatedTarget target,
                                        const std::string& rule,
                                        std::vector<Bringing> all) const {
    if (const plan::Retention* const retention = plan_.retention(target.retention)) {
      leave_out(all, outage_);
      target.rule = rule;
      target.runs = decide_all(std::move(all), *retention, zone_);
    }
    return target;
  }

  const plan::Plan& plan_;
  const Zone& zone_;
  const Horizon& horizon_;
  Duration outage_;
};

/// Points looked at, run by run: some seconds.
constexpr std::size_t kMostWork = 300'000'000;

// Each run looks at all points that are kept: at most what the rules count, or all that are young.
std::size_t work_of(std::size_t runs, const plan::Retention& retention) {
  const bool by_age = parse_duration(retention.all_for).value_or(Duration{}).seconds > 0;
  std::size_t kept = by_age ? runs : 1;
  for (const std::int64_t count :
       {retention.last, retention.hourly, retention.daily, retention.weekly, retention.monthly,
        retention.quarterly, retention.yearly, retention.at_least}) {
    kept = std::min(kept + static_cast<std::size_t>(std::max<std::int64_t>(count, 0)), runs);
  }
  return runs * std::min(kept, runs);
}

Result<void> check_work(const plan::Plan& plan,
                        const std::string& schedule_name,
                        const std::string& retention_name,
                        const Horizon& horizon) {
  const plan::Schedule* const schedule = plan.schedule(schedule_name);
  const plan::Retention* const retention = plan.retention(retention_name);
  const auto rule = schedule == nullptr ? std::nullopt : parse_schedule_rule(schedule->rule);
  if (!rule || retention == nullptr ||
      work_of(most_fires(*rule, horizon), *retention) <= kMostWork) {
    return {};
  }
  return Error{
      .kind = ErrorKind::Usage,
      .message = fmt::format("schedule `{}` runs too often, and `{}` keeps too much, to be "
                             "simulated for {} days",
                             schedule_name, retention_name, horizon.length.count()),
      .hint = "ask for fewer days"};
}

}  // namespace

Result<std::vector<SimulatedTarget>> simulate_targets(const plan::Plan& plan,
                                                      const plan::Backup& backup,
                                                      const Horizon& horizon,
                                                      Duration outage) {
  BACKSTAY_ASSIGN(const Zone zone, Zone::find(plan.zone.empty() ? "UTC" : plan.zone));
  BACKSTAY_TRY(check_work(plan, backup.schedule, backup.retention, horizon));
  for (const plan::Copy& copy : backup.copies) {
    BACKSTAY_TRY(check_work(plan, copy.schedule.empty() ? backup.schedule : copy.schedule,
                            copy.retention, horizon));
  }
  return Simulation(plan, zone, horizon, outage).run(backup);
}

}  // namespace backstay::compiler
