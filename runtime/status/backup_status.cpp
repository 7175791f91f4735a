#include "runtime/status/backup_status.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lang/base/suggest.hpp"
#include "runtime/prune/copy_tombstone.hpp"
#include "runtime/status/promised_rpo.hpp"
#include "runtime/status/since.hpp"
#include "runtime/store/snapshot_signature.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::runtime {
namespace {

/// Whether damage stands. Why twice: signatures are asked for only where it matters, for of ten
/// thousand points nearly none is damaged.
bool damage_stands(Filesystem& files,
                   const Store& store,
                   const std::string& snapshot,
                   const std::string& state) {
  Store unasked = store;
  unasked.signing = nullptr;
  return is_damaged(read_verification(files, unasked, snapshot, state)) &&
         (store.signing == nullptr || is_damaged(read_verification(files, store, snapshot, state)));
}

std::vector<std::string> damaged_points(Filesystem& files,
                                        const Store& store,
                                        const std::vector<SnapshotSummary>& snapshots,
                                        const std::string& state) {
  std::vector<std::string> damaged;
  for (const SnapshotSummary& one : snapshots) {
    if (one.problem.empty() && !one.partial && !one.keep_current &&
        damage_stands(files, store, one.id, state))
      damaged.push_back(one.id);
  }
  return damaged;
}

void count_points(const std::vector<SnapshotSummary>& snapshots, BackupStatus& status) {
  for (const SnapshotSummary& one : snapshots) {
    if (!one.problem.empty()) {
      ++status.damaged;
    } else if (one.keep_current) {
      continue;
    } else if (one.partial) {
      ++status.partial;
      if (!status.newest && !status.newest_partial)
        status.newest_partial = one;
    } else {
      ++status.points;
      if (!status.newest)
        status.newest = one;  // the list begins with the newest
      status.oldest = one.started;
    }
  }
}

void find_runs(const std::vector<PastRun>& runs, const std::string& policy, BackupStatus& status) {
  for (const PastRun& run : runs) {
    if (run.policy != policy || run.backup != status.backup || run.host != status.host)
      continue;
    if (run.what == "copy" && status.last_copies.emplace(run.copy, run).second)
      continue;  // newest first
    if (run.what == "drill" || run.what == "copy")
      continue;  // drills have a line of their own
    std::optional<PastRun>& last = run.what == "restore" ? status.last_restore : status.last_run;
    // One that was refused while another went on is no later than that one's end.
    if (!last || (run.begun && !last->begun && run.finished >= last->finished))
      last = run;
  }
}

constexpr const char* kLook = "`backstay verify` names what is damaged";

/// Of points that are not the newest.
void judge_damage(BackupStatus& status) {
  std::vector<std::string> older = status.not_intact;
  if (status.newest)
    std::erase(older, status.newest->id);
  if (!older.empty()) {
    status.problems.push_back(fmt::format("{} older point{} did not pass a verification: {}; {}",
                                          older.size(), older.size() == 1 ? "" : "s",
                                          fmt::join(older, ", "), kLook));
  }
  for (const CopyStatus& copy : status.copies) {
    if (!copy.not_intact.empty()) {
      status.problems.push_back(fmt::format("at {} {} did not pass a verification: {}; {}",
                                            copy.target,
                                            copy.not_intact.size() == 1 ? "a copy" : "copies",
                                            fmt::join(copy.not_intact, ", "), kLook));
    }
  }
}

/// Reports stay on the machine and can be lost with it: then the store alone tells of a partial
/// run.
void judge_untold_run(BackupStatus& status) {
  if (!status.newest || !status.newest_partial)
    return;
  const SnapshotSummary& partial = *status.newest_partial;
  if (!status.last_run || status.last_run->finished < partial.started) {
    status.problems.push_back(
        fmt::format("the newest snapshot is partial, and this machine has no report of its run: {}",
                    partial.id));
  }
}

/// What makes it unsafe, worst first.
void judge(BackupStatus& status) {
  std::vector<std::string>& problems = status.problems;
  if (!status.newest) {
    problems.push_back(status.partial > 0 ? "there are only partial points" : "there is no point");
  } else if (status.promised && status.age > *status.promised) {
    problems.push_back(fmt::format("the newest point is {} old, `rpo {}` is promised",
                                   to_human(status.age), to_string(*status.promised)));
  }
  if (status.proof && !status.proof->intact)
    problems.emplace_back("the newest point did not pass its verification");
  judge_damage(status);
  if (status.damaged > 0)
    problems.push_back(
        fmt::format("{} points have a manifest that cannot be read", status.damaged));
  const bool failed = status.last_run && !status.last_run->failure.empty();
  if (failed) {
    const PastRun& last = *status.last_run;
    problems.push_back(fmt::format(
        "the last run {}: {}", last.begun ? "was " + last.status : "did not begin", last.failure));
  }
  judge_untold_run(status);
}

/// A copy that failed, with a schedule of its own, and of which no later one went well.
void judge_copies(BackupStatus& status) {
  for (const auto& [target, run] : status.last_copies) {
    if (!run.failure.empty())
      status.problems.push_back(
          fmt::format("the last copy to {} was {}: {}", target, run.status, run.failure));
  }
}

/// What is away counts by the receipts of proven copies: nobody waits for a line here, and a far
/// side that says something else is found by the next run.
void count_receipts(Filesystem& files,
                    const StoredPoints& main,
                    const std::string& target,
                    CopyStatus& found) {
  for (const SnapshotSummary& one : main.snapshots) {
    if (!one.problem.empty() || one.partial)
      continue;
    if (!has_copy(files, main.store, one.id, target))
      continue;
    ++found.points;
    if (!found.newest)
      found.newest = one;
    const auto receipt = last_receipt(files, main.store, one.id, target);
    if (is_damaged(
            read_copy_verification(files, main.store, one.id, target, receipt ? receipt->at : "")))
      found.not_intact.push_back(one.id);
  }
}

void look_at_copies(Filesystem& files,
                    const Directories& directories,
                    const plan::Plan& plan,
                    const plan::Backup& backup,
                    const std::string& host,
                    BackupStatus& status,
                    std::vector<StoredPoints>& stores) {
  for (const plan::Copy& copy : backup.copies) {
    const plan::Target* target = plan.target(copy.target);
    CopyStatus& found = status.copies.emplace_back(CopyStatus{.target = copy.target});
    if (target->kind != "directory") {
      count_receipts(files, stores.front(), copy.target, found);
      continue;
    }
    const auto store = open_store_for_reading(files, target->path, directories);
    auto snapshots =
        store ? list_snapshots(files, *store,
                               {.policy = plan.policy, .backup = backup.name, .host = host})
              : Result<std::vector<SnapshotSummary>>(store.error());
    if (!snapshots) {
      found.unknown = to_string(snapshots.error());
      continue;
    }
    flag_unsigned(files, *store, *snapshots);
    for (const SnapshotSummary& one : *snapshots) {
      if (!one.problem.empty() || one.partial)
        continue;
      ++found.points;
      if (!found.newest)
        found.newest = one;
    }
    found.not_intact = damaged_points(files, *store, *snapshots, directories.state);
    stores.push_back({*store, std::move(*snapshots)});
  }
}

BackupStatus assess(Filesystem& files,
                    const Directories& directories,
                    const plan::Plan& plan,
                    const plan::Backup& backup,
                    const std::string& host,
                    std::chrono::system_clock::time_point now,
                    const std::vector<PastRun>& runs) {
  const plan::Target* target = plan.target(backup.target);
  BackupStatus status;
  status.backup = backup.name;
  status.host = host;
  status.target = backup.target;
  status.place = target->path.empty() ? target->remote : target->path;
  status.promised = strictest_rpo(plan, backup);
  find_runs(runs, plan.policy, status);
  if (target->kind != "directory") {
    status.problems.push_back(fmt::format("target {} is of kind {}, which this version cannot read",
                                          target->name, target->kind));
    return status;
  }
  const auto store = open_store_for_reading(files, target->path, directories);
  auto snapshots =
      store ? list_snapshots(files, *store,
                             {.policy = plan.policy, .backup = backup.name, .host = host})
            : Result<std::vector<SnapshotSummary>>(store.error());
  if (!snapshots) {
    status.problems.push_back(to_string(snapshots.error()));
    return status;
  }
  flag_unsigned(files, *store, *snapshots);
  count_points(*snapshots, status);
  std::vector<StoredPoints> stores = {{*store, *snapshots}};
  look_at_copies(files, directories, plan, backup, host, status, stores);
  status.drills = assess_drills(files, plan, backup, stores, status.oldest, now);
  if (status.newest) {
    status.age = since(status.newest->started, now);
    status.proof = read_verification(files, *store, status.newest->id, directories.state);
    status.not_intact = damaged_points(files, *store, *snapshots, directories.state);
  }
  judge(status);
  judge_copies(status);
  status.problems.insert(status.problems.end(), status.drills.problems.begin(),
                         status.drills.problems.end());
  return status;
}

Error no_such(std::string_view what,
              const std::string& name,
              const std::vector<std::string>& known) {
  const auto near = nearest(name, known);
  return {.kind = ErrorKind::Usage,
          .message = fmt::format("the plan has no {} `{}`", what, name),
          .hint = near ? fmt::format("did you mean `{}`?", *near)
                       : fmt::format("it has: {}", fmt::join(known, ", "))};
}

}  // namespace

std::string BackupStatus::newest_state() const {
  if (!newest)
    return {};
  const auto drilled = drills.points.find(newest->id);
  if (drilled != drills.points.end() && drilled->second)
    return "drilled";
  return proof && proof->intact ? "verified" : "stored";
}

Result<std::vector<BackupStatus>> assess_backups(Filesystem& files,
                                                 const Directories& directories,
                                                 const plan::Plan& plan,
                                                 const StatusRequest& request,
                                                 std::chrono::system_clock::time_point now) {
  BACKSTAY_ASSIGN(const auto runs, read_past_runs(files, directories.state));
  std::vector<BackupStatus> all;
  std::vector<std::string> backups;
  std::vector<std::string> hosts;
  for (const plan::Backup& backup : plan.backups) {
    backups.push_back(backup.name);
    if (!request.backup.empty() && backup.name != request.backup)
      continue;
    for (const std::string& host : backup.hosts) {
      hosts.push_back(host);
      if (request.host.empty() || host == request.host)
        all.push_back(assess(files, directories, plan, backup, host, now, runs));
    }
  }
  if (!all.empty())
    return all;
  if (hosts.empty())
    return no_such("backup", request.backup, backups);
  return no_such("host", request.host, hosts);
}

}  // namespace backstay::runtime
