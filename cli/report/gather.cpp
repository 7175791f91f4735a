#include "cli/report/gather.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "cli/assessment.hpp"
#include "cli/render/open_restores.hpp"
#include "cli/report/build_calendar.hpp"
#include "cli/report/build_ladder.hpp"
#include "cli/report/build_run.hpp"
#include "cli/report/build_storage.hpp"
#include "cli/report/build_wall.hpp"
#include "cli/report/known_runs.hpp"
#include "cli/report/stored_bytes.hpp"
#include "runtime/system/environment.hpp"

namespace backstay::cli {
namespace {

using std::chrono::sys_seconds;

/// One backup on one host, and all that was read of it.
struct Gathered {
  const plan::Plan* plan;
  const plan::Backup* backup;
  const AssessedBackup* assessed;
  PlanCalendar calendar;
  std::vector<StoredTarget> targets;
  std::vector<std::size_t> calendars = {};  ///< indices in ReportData, of `targets`
};

class Gathering {
 public:
  Gathering(const Session& session, const ReportRequest& request)
      : session_(session),
        request_(request),
        directories_(
            runtime::find_directories({.config = session.config_dir, .state = session.state_dir})),
        wall_clock_(clock_.now()),
        now_(std::chrono::floor<std::chrono::seconds>(wall_clock_)),
        runs_(now_ - std::chrono::days(std::max(request.days, 31) + 1)) {}

  Result<ReportData> run() {
    BACKSTAY_TRY(assess());
    BACKSTAY_TRY(read());
    write_head();
    for (Gathered& one : gathered_)
      add(one);
    add_storage();
    return std::move(data_);
  }

 private:
  Result<void> assess() {
    for (const PlanFile& file : request_.plans) {
      const std::size_t first = assessed_.size();
      BACKSTAY_TRY(assess_plan(file.plan, request_.which, session_, wall_clock_, assessed_));
      for (std::size_t index = first; index < assessed_.size(); ++index)
        of_plan_.push_back(&file.plan);
    }
    return {};
  }

  Result<void> read() {
    from_reports_ = runs_.add_reports(files_, directories_.state);
    const auto catalogued = runs_.add_catalogue(files_, directories_.state);
    catalogue_text_ =
        catalogued
            ? counted_runs(*catalogued) + " from the catalogue, which no report here tells of."
            : "The catalogue was not used (" + catalogued.error().message +
                  "): what follows is told without it; `backstay catalogue rebuild` makes it "
                  "anew.";
    for (std::size_t index = 0; index < assessed_.size(); ++index) {
      const plan::Plan& plan = *of_plan_[index];
      const runtime::BackupStatus& status = assessed_[index].status;
      const plan::Backup* backup = plan.backup(status.backup);
      BACKSTAY_ASSIGN(auto calendar, PlanCalendar::of(plan));
      auto targets = read_stored_targets(files_, clock_, directories_, plan, *backup, status.host);
      for (const StoredTarget& target : targets) {
        if (target.store && seen_.insert(target.store->path).second)
          from_records_ += runs_.add_records(files_, *target.store);
      }
      gathered_.push_back(
          {&plan, backup, &assessed_[index], std::move(calendar), std::move(targets)});
    }
    return {};
  }

  void write_head() {
    std::vector<std::string> policies;
    for (const AssessedBackup& one : assessed_)
      policies.push_back(one.policy);
    const auto restores = open_restores(directories_.state, policies);
    data_.safe = all_safe(assessed_, restores);
    data_.answer = safety_sentence(assessed_, restores);
    data_.days = request_.days;
    data_.machine = runtime::host_name();
    data_.tool = BACKSTAY_VERSION;
    if (!gathered_.empty())
      data_.made = gathered_.front().calendar.moment(now_);
    for (const AssessedBackup& one : assessed_)
      add_card(one);
    data_.sources.push_back(fmt::format("{} from the reports of this machine in {}.",
                                        counted_runs(from_reports_), directories_.state + "/runs"));
    data_.sources.push_back(catalogue_text_);
    data_.sources.push_back(fmt::format(
        "{} from the records in the stores, which nothing on this machine tells of. Runs that left "
        "no point are not among them.",
        counted_runs(from_records_)));
    data_.sources.emplace_back(
        "Points, verifications, drills, holds and copies from the stores, asked "
        "now; what is at targets beyond this machine by its receipts.");
  }

  static std::string counted_runs(std::size_t runs) {
    return fmt::format("{} run{}", runs, runs == 1 ? "" : "s");
  }

  void add_card(const AssessedBackup& one) {
    BackupCard card{.policy = one.policy,
                    .backup = one.status.backup,
                    .host = one.status.host,
                    .safe = one.status.safe(),
                    .facts = facts_of(one)};
    for (const std::string& problem : one.status.problems)
      card.problems.push_back(without_reason(one.status, problem));
    data_.backups.push_back(std::move(card));
  }

  void add(Gathered& one) {
    const std::string& host = one.assessed->status.host;
    data_.walls.push_back(build_wall(*one.plan, *one.backup, host, runs_.runs(),
                                     one.targets.front().points, one.calendar, now_,
                                     request_.days));
    add_run(one, "backup", one.backup->backup);
    for (const plan::Drill& drill : one.plan->drills)
      drill_steps_.insert(drill_steps_.end(), drill.steps.begin(), drill.steps.end());
    add_run(one, "drill", drill_steps_);
    for (const StoredTarget& target : one.targets) {
      one.calendars.push_back(data_.calendars.size());
      data_.calendars.push_back(
          build_calendar(*one.plan, *one.backup, host, target, one.calendar, now_));
      if (!target.unknown.empty())
        data_.sources.push_back(
            fmt::format("Target {} could not be read: {}", target.target->name, target.unknown));
    }
    data_.ladders.push_back(
        build_ladder(one.plan->policy, one.assessed->status, one.targets, one.calendar, now_));
  }

  /// The newest run of a kind that has steps.
  void add_run(const Gathered& one, std::string_view what, const std::vector<plan::Step>& steps) {
    const auto& runs = runs_.runs();
    const auto newest = std::find_if(runs.rbegin(), runs.rend(), [&](const KnownRun& run) {
      return run.what == what && run.policy == one.plan->policy && run.backup == one.backup->name &&
             run.host == one.assessed->status.host && !run.steps.empty();
    });
    if (newest != runs.rend())
      data_.runs.push_back(build_run(*newest, steps, one.calendar));
  }

  /// Each store once, whatever number of backups it has.
  void add_storage() {
    std::map<std::string, std::vector<const RetentionCalendar*>> calendars;
    std::vector<std::pair<const Gathered*, const StoredTarget*>> stores;  // as the plans name them
    for (const Gathered& one : gathered_) {
      for (std::size_t index = 0; index < one.targets.size(); ++index) {
        const StoredTarget& target = one.targets[index];
        if (!target.store)
          continue;
        auto& here = calendars[target.store->path];
        if (here.empty())
          stores.emplace_back(&one, &target);
        here.push_back(&data_.calendars[one.calendars[index]]);
      }
    }
    for (const auto& [one, target] : stores) {
      const std::string& path = target->store->path;
      const auto bytes = count_stored_bytes(files_, *target->store);
      if (!bytes) {
        data_.storage.push_back(
            {.target = target->target->name, .place = path, .unknown = to_string(bytes.error())});
        continue;
      }
      const auto space = files_.space(path);
      data_.storage.push_back(build_storage(*target->target, *bytes, calendars[path],
                                            space ? std::optional(space->free_bytes) : std::nullopt,
                                            one->calendar, now_));
    }
  }

  const Session& session_;
  const ReportRequest& request_;
  runtime::Directories directories_;
  runtime::RealFilesystem files_;
  runtime::RealClock clock_;
  std::chrono::system_clock::time_point wall_clock_;
  sys_seconds now_;
  KnownRuns runs_;
  std::string catalogue_text_;
  std::size_t from_reports_ = 0;
  std::size_t from_records_ = 0;
  std::set<std::string> seen_;  // stores whose records were read
  std::vector<AssessedBackup> assessed_;
  std::vector<const plan::Plan*> of_plan_;  // of each of them
  std::vector<Gathered> gathered_;
  std::vector<plan::Step> drill_steps_;
  ReportData data_;
};

}  // namespace

Result<ReportData> gather_report(const Session& session, const ReportRequest& request) {
  return Gathering(session, request).run();
}

}  // namespace backstay::cli
