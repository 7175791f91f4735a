#include "cli/schedule/timer_list.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/plan_host.hpp"
#include "cli/render/json_text.hpp"
#include "cli/render/next_run.hpp"
#include "cli/render/table.hpp"
#include "cli/schedule/prepare_timers.hpp"
#include "cli/schedule/timer_files.hpp"
#include "cli/timer_place.hpp"
#include "runtime/scheduling/timer_hosts.hpp"
#include "runtime/status/run_history.hpp"
#include "runtime/system/environment.hpp"

namespace backstay::cli {
namespace {

/// Whether a report is of what these units run.
bool is_of(const runtime::PastRun& past, const plan::Plan& plan, const runtime::ScheduledRun& run) {
  if (past.policy != plan.policy)
    return false;
  if (!run.drill.empty())
    return past.what == "drill" && past.drill == run.drill;
  return past.what == (run.copy.empty() ? "backup" : "copy") && past.backup == run.backup &&
         past.copy == run.copy;
}

/// The backups that this machine has to do with: with `--host` those of that host, with `--engine`
/// those that it runs on all hosts.
class Listing {
 public:
  Listing(const plan::Plan& plan, const ScheduleOptions& options, runtime::World& world)
      : plan_(plan), options_(options), world_(world) {}

  Result<std::vector<TimerLine>> lines() {
    BACKSTAY_TRY(check_host(plan_, options_.host));
    BACKSTAY_ASSIGN(own_runs_, runtime::read_past_runs(world_.files, world_.directories.state));
    sets_ = past_sets(world_);
    std::vector<TimerLine> lines;
    for (const runtime::ScheduledRun& run : runs_of(plan_)) {
      if (auto line = line_of(run)) {
        lines.push_back(*std::move(line));
      }
    }
    BACKSTAY_ASSIGN(const auto forgotten, forgotten_timers(world_, plan_));
    for (const runtime::InstalledTimer& timer : forgotten) {
      // One that became `by hand` has its line above.
      const bool by_hand = std::any_of(lines.begin(), lines.end(), [&](const TimerLine& line) {
        return line.by.starts_with(timer.name + ".timer") || line.by == cron_file_of(timer.name);
      });
      if (!by_hand && options_.everywhere() == timer.for_all_hosts)
        lines.push_back({.host = timer.for_all_hosts ? "all hosts" : options_.host,
                         .backup = timer.runs,
                         .rule = "not in this plan",
                         .by = scheduled_by(timer.name, world_),
                         .outcome = "goes with the next `schedule install`"});
    }
    return lines;
  }

 private:
  std::optional<TimerLine> line_of(const runtime::ScheduledRun& run) {
    const plan::Backup& backup = *plan_.backup(run.backup);
    const std::string name = runtime::schedule_name(plan_, run);
    const std::string for_all = is_plain(run) ? host_for_all(backup) : std::string();
    const std::string by = scheduled_by(name, world_);
    const bool all = !for_all.empty() || runs_all_from_here(name, world_);
    const auto owners = runtime::hosts_of(plan_, run);
    const bool covers = std::find(owners.begin(), owners.end(), options_.host) != owners.end();
    const bool of_host = by.empty() ? covers && !all : true;
    if ((options_.everywhere() && !all) ||
        (!options_.everywhere() && !options_.host.empty() && !of_host)) {
      return std::nullopt;
    }
    const plan::Schedule* schedule = plan_.schedule(run.schedule);
    const auto next = next_run_of(plan_, run.schedule, world_.clock.now());
    TimerLine line{.host = all ? "all hosts" : options_.host,
                   .backup = is_plain(run) ? backup.name : to_string(run),
                   .rule = schedule == nullptr ? "only by hand" : schedule->rule,
                   .by = !by.empty() ? by
                         : for_all.empty() || for_all == runtime::host_name()
                             ? "nobody"
                             : "the timer of " + for_all,
                   .next = next.text,
                   .next_at = next.at,
                   .last = {},
                   .outcome = "never ran"};
    for (const runtime::PastRun& past : all ? sets_ : own_runs_) {
      if (is_of(past, plan_, run)) {
        line.last = past.started;
        line.outcome = past.begun ? past.status : "did not begin";
        break;  // newest first
      }
    }
    return line;
  }

  const plan::Plan& plan_;
  const ScheduleOptions& options_;
  runtime::World& world_;
  std::vector<runtime::PastRun> own_runs_;
  std::vector<runtime::PastRun> sets_;
};

}  // namespace

Result<std::vector<TimerLine>> list_timers(const plan::Plan& plan,
                                           const ScheduleOptions& options,
                                           runtime::World& world) {
  return Listing(plan, options, world).lines();
}

void add_answers(const std::vector<HostAnswer>& answers, std::vector<TimerLine>& lines) {
  for (const HostAnswer& answer : answers) {
    const auto report = nlohmann::ordered_json::parse(answer.report, nullptr, false);
    const auto schedules = report.is_object() ? report.find("schedules") : report.end();
    if (schedules == report.end() || !schedules->is_array()) {
      lines.push_back({.host = answer.host, .by = answer.reached ? "?" : "no answer"});
      continue;
    }
    for (const auto& one : *schedules) {
      const auto text = [&one](const char* key) { return one.value(key, std::string()); };
      lines.push_back({.host = answer.host,
                       .backup = text("backup"),
                       .rule = text("schedule"),
                       .by = text("run_by"),
                       .next = text("next"),
                       .next_at = text("next"),
                       .last = text("last"),
                       .outcome = text("outcome")});
    }
  }
}

std::string to_table(const std::vector<TimerLine>& lines, bool everywhere) {
  std::vector<std::vector<std::string>> rows = {
      {"BACKUP", "SCHEDULE", "RUN BY", "NEXT", "LAST", "OUTCOME"}};
  for (const TimerLine& line : lines) {
    rows.push_back({line.backup, line.rule, line.by, line.next, line.last, line.outcome});
  }
  for (std::size_t at = 0; everywhere && at < rows.size(); ++at) {
    rows[at].insert(rows[at].begin(), at == 0 ? "HOST" : lines[at - 1].host);
  }
  return render_table(rows);
}

std::string to_json(const std::vector<TimerLine>& lines) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const TimerLine& line : lines) {
    list.push_back({{"host", line.host},
                    {"backup", line.backup},
                    {"schedule", line.rule},
                    {"run_by", line.by},
                    {"next", line.next_at},
                    {"last", line.last},
                    {"outcome", line.outcome}});
  }
  return json_document({{"schema_version", 1}, {"schedules", list}});
}

}  // namespace backstay::cli
