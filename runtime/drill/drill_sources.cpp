#include "runtime/drill/drill_sources.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include "compiler/plan/action_facts.hpp"
#include "lang/base/sha256.hpp"
#include "runtime/restore/scope.hpp"
#include "runtime/store/layout.hpp"

namespace backstay::runtime {
namespace {

/// Shared: several drills may read one snapshot. A store on a read-only medium gives it too.
Result<Lock> share_directory(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0)
    return errno_error(errno, "cannot open `" + path + "`");
  Lock lock(descriptor);
  if (::flock(descriptor, LOCK_SH | LOCK_NB) == 0)
    return lock;
  return Error{.kind = ErrorKind::Busy, .message = "`" + path + "` is being removed"};
}

Error is_partial(const SnapshotSummary& summary) {
  return {.kind = ErrorKind::Refused,
          .message = fmt::format("snapshot {} is partial: a drill proves a whole one", summary.id),
          .hint = "run the backup again, or name another snapshot with --snapshot"};
}

bool shares_service(const plan::Backup& backup, const plan::Drill& drill) {
  return std::any_of(backup.services.begin(), backup.services.end(), [&](const auto& service) {
    return std::binary_search(drill.services.begin(), drill.services.end(), service);
  });
}

bool reaches(const plan::Backup& backup, const std::string& target) {
  return backup.target == target ||
         std::any_of(backup.copies.begin(), backup.copies.end(),
                     [&](const plan::Copy& copy) { return copy.target == target; });
}

std::set<std::string> hosts_read(const std::vector<plan::Step>& steps) {
  std::set<std::string> hosts;
  for (const plan::Step& step : steps) {
    if (!plan::components_of(step.action).empty())
      hosts.insert(source_host(step));
  }
  return hosts;
}

/// The one that was asked for; it must be of this policy and of a backup of the drill.
Result<std::vector<SnapshotSummary>> named_snapshot(World& world,
                                                    const Store& store,
                                                    const std::string& name,
                                                    const std::set<std::string>& hosts,
                                                    const DrillRun& run) {
  SnapshotFilter filter{.policy = run.plan.policy};
  if (hosts.size() == 1)
    filter.host = *hosts.begin();
  BACKSTAY_ASSIGN(auto summary, find_snapshot(world.files, store, filter, name));
  const plan::Backup* backup = run.plan.backup(summary.backup);
  if (backup == nullptr || !shares_service(*backup, run.drill) || !hosts.contains(summary.host)) {
    return Error{
        .kind = ErrorKind::Refused,
        .message = fmt::format("snapshot {} is of backup {} on {}, which drill {} does not "
                               "restore here",
                               summary.id, summary.backup, summary.host, run.drill.name)};
  }
  return std::vector{std::move(summary)};
}

Result<std::vector<SnapshotSummary>> newest_snapshots(World& world,
                                                      const Store& store,
                                                      const std::set<std::string>& hosts,
                                                      const DrillRun& run) {
  std::vector<SnapshotSummary> found;
  for (const plan::Backup& backup : run.plan.backups) {
    if (!shares_service(backup, run.drill) || !reaches(backup, run.drill.target))
      continue;
    for (const std::string& host : hosts) {
      const bool of_host = std::binary_search(backup.hosts.begin(), backup.hosts.end(), host);
      auto newest =
          of_host ? find_snapshot(world.files, store,
                                  {.policy = run.plan.policy, .backup = backup.name, .host = host},
                                  "latest")
                  : Error{.kind = ErrorKind::NotFound, .message = {}};
      if (newest)
        found.push_back(std::move(*newest));
      else if (newest.error().kind != ErrorKind::NotFound)
        return std::move(newest).error();
    }
  }
  if (found.empty()) {
    return Error{.kind = ErrorKind::NotFound,
                 .message = fmt::format("target {} holds no complete snapshot of what drill {} "
                                        "restores",
                                        run.drill.target, run.drill.name),
                 .hint = "run the backup first"};
  }
  // The newest first: where two backups hold a component, it is taken from that one.
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.started > b.started; });
  return found;
}

RestoreRun restore_run(const DrillRun& run, RestoreRequest request) {
  return {.request = std::move(request),
          .components = {},
          .run_id = run.run_id,
          .kept = {},
          .checklist = {}};
}

/// The part of the drill that reads from one host, for the steps of a restore to look at.
plan::Backup graph_of(const std::vector<plan::Step>& steps,
                      const SnapshotSummary& summary,
                      const std::string& target) {
  plan::Backup graph;
  graph.name = summary.backup;
  graph.target = target;
  std::copy_if(
      steps.begin(), steps.end(), std::back_inserter(graph.restore), [&](const plan::Step& step) {
        return !plan::components_of(step.action).empty() && source_host(step) == summary.host;
      });
  return graph;
}

Result<DrillSource> open_one(World& world,
                             const Store& store,
                             const std::vector<plan::Step>& steps,
                             SnapshotSummary summary,
                             const DrillRun& run) {
  DrillSource source;
  const std::string path = layout::snapshot(store.path, summary.id);
  BACKSTAY_ASSIGN(source.lock, share_directory(path));
  BACKSTAY_ASSIGN(source.snapshot, open_snapshot(world.files, store, summary.id));
  BACKSTAY_ASSIGN(const std::string manifest,
                  read_file(world.files, path + "/" + std::string(layout::kManifest)));
  source.manifest_digest = to_hex(sha256(manifest));
  source.graph = graph_of(steps, summary, run.drill.target);
  RestoreRequest beside;
  beside.to_directory = drill_root(run, summary.host);
  beside.privileged = Privileged::LeftOut;  // nothing there is run
  source.files = restore_run(run, std::move(beside));
  RestoreRequest in_place;
  in_place.in_place = true;  // a scratch server is ours, whatever its installation brought along
  source.rows = restore_run(run, std::move(in_place));
  source.summary = std::move(summary);
  return source;
}

/// Gives each component to the first snapshot that holds it.
Result<void> share_out(DrillRun& run) {
  std::set<std::string> absent;
  std::set<std::string> taken;
  for (DrillSource& source : run.sources) {
    auto scope = choose_scope(source.graph.restore, source.snapshot->components(), {});
    if (!scope)
      return std::move(scope).error().while_doing("drilling snapshot " + source.summary.id);
    const std::string& host = source.summary.host;
    for (const std::string& component : scope->components) {
      if (taken.insert(component + "@" + host).second)
        source.files.components.insert(component);
    }
    source.rows.components = source.files.components;
    for (const std::string& component : scope->absent)
      absent.insert(component + "@" + host);
  }
  for (const std::string& component : absent) {
    if (!taken.contains(component))
      run.absent.push_back(component.substr(0, component.rfind('@')));
  }
  return {};
}

}  // namespace

std::string drill_root(const DrillRun& run, const std::string& host) {
  return run.directory + "/files/" + host;
}

Result<void> open_drill_sources(World& world,
                                const Store& store,
                                const std::vector<plan::Step>& steps,
                                const std::string& name,
                                DrillRun& run) {
  const auto hosts = hosts_read(steps);
  BACKSTAY_ASSIGN(auto summaries, name.empty() ? newest_snapshots(world, store, hosts, run)
                                               : named_snapshot(world, store, name, hosts, run));
  for (SnapshotSummary& summary : summaries) {
    if (!summary.problem.empty())
      return Error{.kind = ErrorKind::BadInput, .message = summary.problem};
    if (summary.partial)
      return is_partial(summary);
    BACKSTAY_ASSIGN(auto source, open_one(world, store, steps, std::move(summary), run));
    run.sources.push_back(std::move(source));
  }
  return share_out(run);
}

}  // namespace backstay::runtime
