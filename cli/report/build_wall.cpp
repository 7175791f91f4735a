#include "cli/report/build_wall.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "cli/report/day_state.hpp"
#include "compiler/plan/action_facts.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::cli {
namespace {

using std::chrono::local_days;
using std::chrono::sys_seconds;

DayState state_of(const std::string& status) {
  if (status == "verified" || status == "drilled")
    return DayState::Verified;
  if (status == "stored")
    return DayState::Stored;
  return status == "partial" ? DayState::Partial : DayState::Failed;
}

sys_seconds instant(const std::string& rfc3339) {
  const auto at = runtime::from_rfc3339(rfc3339);
  return at ? std::chrono::floor<std::chrono::seconds>(*at) : sys_seconds::min();
}

/// `service nova: path /etc/nova` is of `nova`.
std::string service_of(const std::string& from) {
  constexpr std::string_view kService = "service ";
  if (!from.starts_with(kService))
    return from.substr(0, from.find(':'));
  return from.substr(kService.size(), from.find(':') - kService.size());
}

class Builder {
 public:
  Builder(const plan::Plan& plan,
          const plan::Backup& backup,
          const std::string& host,
          const PlanCalendar& calendar,
          sys_seconds now,
          int days)
      : backup_(backup), calendar_(calendar), now_(now), count_(static_cast<std::size_t>(days)) {
    wall_.title = fmt::format("Backup {} of policy {} on {}", backup.name, plan.policy, host);
    wall_.first = calendar.day_of(now) - std::chrono::days(days - 1);
    for (const plan::Step& step : backup.backup) {
      if (step.host != host || !plan::captures(step.action))
        continue;
      for (const std::string& component : plan::components_of(step.action))
        services_.emplace(component, service_of(step.from));
    }
    for (const auto& [component, service] : services_)
      rows_.emplace(component, std::vector<DayEntry>(count_));
  }

  void add(const KnownRun& run) {
    const sys_seconds at = instant(run.started);
    note_start(at);
    told_.insert(run.snapshot);
    if (run.components.empty()) {
      for (auto& [component, days] : rows_)
        mark(component, at, DayState::Failed);
    }
    for (const auto& [component, status] : run.components)
      mark(component, at, state_of(status));
  }

  /// A point speaks for itself where the run that made it is not known, and where it is worse or
  /// better than its run said.
  void add(const StoredPoint& point) {
    const sys_seconds at = instant(point.started);
    note_start(at);
    if (!told_.contains(point.id)) {
      for (const std::string& component : point.components)
        mark(component, at, point.verified ? DayState::Verified : DayState::Stored);
      for (const std::string& component : point.missing)
        mark(component, at, DayState::Failed);
    }
    if (point.damaged) {
      for (const std::string& component : point.components)
        mark(component, at, DayState::Failed, "a later verification found damage");
    }
    for (const auto& [component, service] : services_) {
      const auto& drilled = point.drilled_services;
      if (point.drilled && std::find(drilled.begin(), drilled.end(), service) != drilled.end())
        at_day(component, at, [](DayEntry& day) { day.drilled = true; });
    }
  }

  CoverageWall finish() {
    find_missed();
    for (auto& [component, days] : rows_) {
      const auto service = services_.find(component);
      WallRow row{.component = component,
                  .service = service == services_.end() ? "no longer in the plan" : service->second,
                  .days = {}};
      for (std::size_t day = 0; day < count_; ++day)
        row.days.push_back(finished(days[day], wall_.first + std::chrono::days(day)));
      wall_.rows.push_back(std::move(row));
    }
    return std::move(wall_);
  }

 private:
  struct DayEntry {
    std::vector<DayState> states;
    bool drilled = false;
    std::string note = {};
  };

  void note_start(sys_seconds at) {
    starts_.push_back(at);
    earliest_ = std::min(earliest_, at);
  }

  void at_day(const std::string& component, sys_seconds at, const auto& change) {
    const auto day = (calendar_.day_of(at) - wall_.first).count();
    if (day < 0 || day >= static_cast<std::int64_t>(count_))
      return;
    const auto row = rows_.try_emplace(component, std::vector<DayEntry>(count_)).first;
    change(row->second[static_cast<std::size_t>(day)]);
  }

  void mark(const std::string& component,
            sys_seconds at,
            DayState state,
            const std::string& note = {}) {
    at_day(component, at, [&](DayEntry& day) {
      day.states.push_back(state);
      if (!note.empty())
        day.note = note;
    });
  }

  /// A fire is missed where no run began between it and the next one, and the next one, or the time
  /// that it may be late, is over.
  void find_missed() {
    if (earliest_ == sys_seconds::max())
      return;
    std::sort(starts_.begin(), starts_.end());
    const sys_seconds from = std::max(earliest_, calendar_.begin_of(wall_.first));
    const auto fires = calendar_.fires(backup_.schedule, from, now_);
    for (std::size_t index = 0; index < fires.size(); ++index) {
      const bool last = index + 1 == fires.size();
      const sys_seconds until = last ? now_ : fires[index + 1];
      if (last && now_ - fires[index] < calendar_.patience(backup_.schedule))
        continue;
      const auto run = std::lower_bound(starts_.begin(), starts_.end(), fires[index]);
      if (run != starts_.end() && *run < until)
        continue;
      for (const auto& [component, service] : services_)
        mark(component, fires[index], DayState::Missed);
    }
  }

  [[nodiscard]] WallDay finished(const DayEntry& day, local_days date) const {
    const bool before = earliest_ == sys_seconds::max() || date < calendar_.day_of(earliest_);
    WallDay done{.state = before ? DayState::NoRecord : DayState::NothingDue,
                 .drilled = day.drilled,
                 .note = day.note};
    std::map<DayState, std::size_t> counts;
    for (const DayState state : day.states) {
      done.state = std::max(done.state, state);
      ++counts[state];
    }
    if (counts.size() < 2 || !day.note.empty())
      return done;
    for (const auto& [state, count] : counts)
      done.note += fmt::format("{}{} {}", done.note.empty() ? "" : ", ", count, to_words(state));
    return done;
  }

  const plan::Backup& backup_;
  const PlanCalendar& calendar_;
  sys_seconds now_;
  std::size_t count_;
  CoverageWall wall_;
  std::map<std::string, std::string> services_;  // of each component of the plan
  std::map<std::string, std::vector<DayEntry>> rows_;
  std::vector<sys_seconds> starts_;
  std::set<std::string> told_;  // snapshots whose run is known
  sys_seconds earliest_ = sys_seconds::max();
};

}  // namespace

CoverageWall build_wall(const plan::Plan& plan,
                        const plan::Backup& backup,
                        const std::string& host,
                        const std::vector<KnownRun>& runs,
                        const std::vector<StoredPoint>& points,
                        const PlanCalendar& calendar,
                        sys_seconds now,
                        int days) {
  Builder builder(plan, backup, host, calendar, now, days);
  for (const KnownRun& run : runs) {
    if (run.what == "backup" && run.policy == plan.policy && run.backup == backup.name &&
        run.host == host)
      builder.add(run);
  }
  for (const StoredPoint& point : points)
    builder.add(point);
  return builder.finish();
}

}  // namespace backstay::cli
