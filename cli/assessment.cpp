#include "cli/assessment.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/identity_check.hpp"
#include "cli/render/open_restores.hpp"
#include "cli/snapshot_source.hpp"
#include "lang/base/units.hpp"
#include "runtime/system/environment.hpp"

namespace backstay::cli {
namespace {

std::string newest_text(const runtime::BackupStatus& status) {
  if (!status.newest)
    return "none";
  std::string text = local_time(status.newest->started);
  if (status.proof && !status.proof->intact) {
    text += fmt::format(", NOT INTACT at level {}", status.proof->level);
  } else if (status.newest_state() == "verified") {
    text += fmt::format(", verified at level {}", status.proof->level);
  } else {
    text += ", " + status.newest_state();
  }
  if (status.newest->seal.seals())
    text += ", sealed with key " + status.newest->seal.name;
  return text + ", " + status.newest->id;
}

std::string loss_text(const runtime::BackupStatus& status) {
  const std::string promised =
      status.promised ? fmt::format("`rpo {}` is promised", to_string(*status.promised))
                      : "no `rpo` is promised";
  if (!status.newest)
    return "everything; " + promised;
  return fmt::format("what changed in {}; {}", to_human(status.age), promised);
}

std::string points_text(const runtime::BackupStatus& status) {
  std::string text = fmt::format("{} complete", status.points);
  if (!status.oldest.empty())
    text += ", oldest " + local_time(status.oldest);
  if (status.partial > 0)
    text += fmt::format("; {} partial", status.partial);
  if (!status.not_intact.empty())
    text += fmt::format("; {} NOT INTACT", status.not_intact.size());
  return text + fmt::format("; in target {}, {}", status.target, status.place);
}

std::string copy_text(const runtime::CopyStatus& copy, const runtime::BackupStatus& status) {
  if (!copy.unknown.empty())
    return fmt::format("{}: {}", copy.target, copy.unknown);
  if (!copy.newest)
    return fmt::format("{}: none", copy.target);
  const bool same = status.newest && status.newest->id == copy.newest->id;
  return fmt::format("{}: {} complete, the newest {}", copy.target, copy.points,
                     same ? "with them" : "from " + local_time(copy.newest->started));
}

std::string seconds_text(std::chrono::milliseconds time) {
  return time < std::chrono::minutes(1)
             ? fmt::format("{:.1f} s", static_cast<double>(time.count()) / 1000)
             : to_human(Duration{std::chrono::duration_cast<std::chrono::seconds>(time).count()});
}

/// When a restore was proven, of what, and how long the slowest service took.
std::string drill_text(const runtime::DrillStatus& drills) {
  if (!drills.proven)
    return drills.failed ? "failed, " + local_time(drills.failed->finished) : "never drilled";
  std::string text = fmt::format("{}, drill {} of {}", local_time(drills.proven->finished),
                                 drills.proven->drill, drills.proven->snapshot);
  if (const auto* slowest = drills.slowest()) {
    text += fmt::format("; {} was back after {}", slowest->service, seconds_text(slowest->took));
    text += slowest->promised_rto
                ? fmt::format(", `rto {}` is promised", to_string(*slowest->promised_rto))
                : ", no `rto` is promised";
  }
  return text;
}

std::string run_text(const std::optional<runtime::PastRun>& run) {
  return run ? fmt::format("{}, {}", run->begun ? run->status : "did not begin",
                           local_time(run->finished))
             : "none on this machine";
}

/// The newest proof of a restore of anything in a backup; nothing: none.
std::optional<std::chrono::system_clock::time_point> proven_at(const AssessedBackup& backup) {
  const auto& proven = backup.status.drills.proven;
  return proven ? runtime::from_rfc3339(proven->finished) : std::nullopt;
}

std::string drills_text(const std::vector<AssessedBackup>& backups) {
  std::size_t proven = 0;
  std::optional<std::chrono::system_clock::time_point> oldest;
  for (const AssessedBackup& backup : backups) {
    const auto at = proven_at(backup);
    proven += at ? 1 : 0;
    if (at && (!oldest || *at < *oldest))
      oldest = at;
  }
  if (!oldest)
    return "no restore was ever proven by a drill";
  const Duration age{
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now() - *oldest)
          .count()};
  if (backups.size() == 1)
    return fmt::format("a restore was proven {} ago", to_human(age));
  return fmt::format("restores were proven for {} of them, at worst {} ago", proven, to_human(age));
}

std::string safe_text(const std::vector<AssessedBackup>& backups) {
  const AssessedBackup* oldest = &backups.front();
  for (const AssessedBackup& backup : backups) {
    if (backup.status.age > oldest->status.age)
      oldest = &backup;
  }
  const auto& promised = oldest->status.promised;
  return fmt::format(
      "Everything is safe: {} {} old ({}), and {}.",
      backups.size() == 1
          ? "the newest point of the one backup is"
          : fmt::format("of {} backups no newest point is more than", backups.size()),
      to_human(oldest->status.age),
      promised ? fmt::format("`rpo {}` is promised", to_string(*promised)) : "no `rpo` is promised",
      drills_text(backups));
}

}  // namespace

Result<void> assess_plan(const plan::Plan& plan,
                         const runtime::StatusRequest& request,
                         const Session& session,
                         std::chrono::system_clock::time_point now,
                         std::vector<AssessedBackup>& backups) {
  const auto directories =
      runtime::find_directories({.config = session.config_dir, .state = session.state_dir});
  runtime::RealFilesystem files;
  BACKSTAY_ASSIGN(auto statuses, runtime::assess_backups(files, directories, plan, request, now));
  for (runtime::BackupStatus& status : statuses) {
    NextRun next = next_run(plan, status.backup, now);
    NextRun next_drill = next_drill_of(plan, status.backup, now);
    ApprovalState approval = approval_state(session, plan, status.host);
    if (approval.refused)
      status.problems.push_back("no run begins: " + approval.text);
    for (std::string& problem : identity_problems(plan, status))
      status.problems.push_back(std::move(problem));
    backups.push_back({plan.policy, std::move(status), std::move(next), std::move(next_drill),
                       std::move(approval)});
  }
  return {};
}

std::vector<std::pair<std::string, std::string>> facts_of(const AssessedBackup& backup) {
  const runtime::BackupStatus& status = backup.status;
  std::vector<std::pair<std::string, std::string>> facts = {{"newest point", newest_text(status)},
                                                            {"a loss costs", loss_text(status)},
                                                            {"points", points_text(status)}};
  for (const runtime::CopyStatus& copy : status.copies)
    facts.emplace_back("copy", copy_text(copy, status));
  facts.emplace_back("last drill", drill_text(status.drills));
  if (!backup.next_drill.text.empty())
    facts.emplace_back("next drill", backup.next_drill.text);
  if (backup.approval.asked && !backup.approval.refused)
    facts.emplace_back("approved", backup.approval.text);
  facts.emplace_back("last run", run_text(status.last_run));
  facts.emplace_back("next run", backup.next.text);
  facts.emplace_back("last restore", run_text(status.last_restore));
  return facts;
}

std::string without_reason(const runtime::BackupStatus& status, const std::string& problem) {
  const auto cut = [&problem](const std::string& reason) {
    const std::string ending = ": " + reason;
    return !reason.empty() && problem.ends_with(ending)
               ? problem.substr(0, problem.size() - ending.size()) + ", `backstay logs` says why"
               : problem;
  };
  if (status.last_run && problem.starts_with("the last run"))
    return cut(status.last_run->failure);
  if (status.drills.failed && problem.starts_with("the last drill failed"))
    return cut(status.drills.failed->failure);
  return problem;
}

std::string safety_sentence(const std::vector<AssessedBackup>& backups,
                            const std::vector<runtime::RecordContent>& restores) {
  const auto unfinished = std::count_if(restores.begin(), restores.end(), is_incomplete);
  const AssessedBackup* worst = nullptr;
  std::size_t unsafe = 0;
  std::size_t problems = 0;
  for (const AssessedBackup& backup : backups) {
    unsafe += backup.status.safe() ? 0 : 1;
    problems += backup.status.problems.size();
    if (!backup.status.safe() && worst == nullptr)
      worst = &backup;
  }
  const std::string restoring =
      unfinished == 0 ? "" : fmt::format(" {} restores are not finished.", unfinished);
  if (worst == nullptr)
    return unfinished > 0 ? "Not safe:" + restoring : safe_text(backups);
  std::string text =
      fmt::format("{} of {} not safe: backup {} of policy {} on {}: {}", unsafe, backups.size(),
                  worst->status.backup, worst->policy, worst->status.host,
                  without_reason(worst->status, worst->status.problems.front()));
  if (problems > 1)
    text += fmt::format(" (and {} more)", problems - 1);
  return text + "." + restoring;
}

bool all_safe(const std::vector<AssessedBackup>& backups,
              const std::vector<runtime::RecordContent>& restores) {
  return std::all_of(backups.begin(), backups.end(),
                     [](const AssessedBackup& backup) { return backup.status.safe(); }) &&
         std::none_of(restores.begin(), restores.end(), is_incomplete);
}

}  // namespace backstay::cli
