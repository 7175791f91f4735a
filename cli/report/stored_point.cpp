#include "cli/report/stored_point.hpp"

#include "runtime/drill/evidence.hpp"
#include "runtime/prune/copy_tombstone.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/store/verification.hpp"

namespace backstay::cli {
namespace {

void read_components(runtime::Filesystem& files, const runtime::Store& store, StoredPoint& point) {
  const std::string path = runtime::layout::snapshot(store.path, point.id) + "/" +
                           std::string(runtime::layout::kManifest);
  const auto text = runtime::read_file(files, path);
  const auto manifest =
      text ? runtime::parse_manifest(*text, path) : Result<runtime::Manifest>(text.error());
  if (!manifest)
    return;
  for (const runtime::ManifestComponent& component : manifest->components)
    point.components.push_back(component.name);
  point.missing = manifest->failed;
}

void add_drill(runtime::Filesystem& files, const runtime::Store& store, StoredPoint& point) {
  const auto evidence = runtime::last_evidence(files, store, point.id);
  if (!evidence || !evidence->drilled)
    return;
  point.drilled = true;
  for (const auto& [service, took] : evidence->restored)
    point.drilled_services.push_back(service);
}

/// The points of a directory, from the facts that a prune decides by where it would.
void read_points(runtime::Filesystem& files,
                 runtime::Clock& clock,
                 const runtime::PruneScope& scope,
                 StoredTarget& found) {
  const runtime::Store& store = *found.store;
  const auto snapshots = runtime::list_snapshots(
      files, store, {.policy = scope.plan.policy, .backup = scope.backup.name, .host = scope.host});
  if (!snapshots) {
    found.unknown = to_string(snapshots.error());
    return;
  }
  auto facts = runtime::read_prune_facts(files, clock, store, scope);
  if (!facts)
    found.no_facts = to_string(facts.error());
  std::map<std::string, const runtime::PrunePoint*> known;
  if (facts) {
    for (const runtime::PrunePoint& point : facts->points)
      known.emplace(point.id, &point);
  }
  for (auto one = snapshots->rbegin(); one != snapshots->rend(); ++one) {
    if (!one->problem.empty() || one->keep_current)
      continue;
    StoredPoint point{.id = one->id, .started = one->started, .partial = one->partial};
    const auto fact = known.find(one->id);
    point.verified = fact != known.end() && fact->second->verified;
    point.damaged = !point.verified && runtime::is_damaged(runtime::read_verification(
                                           files, store, point.id, scope.state));
    if (fact == known.end() || fact->second->drilled)
      add_drill(files, store, point);
    if (found.copy == nullptr)
      read_components(files, store, point);
    found.points.push_back(std::move(point));
  }
  if (facts)
    found.facts = std::move(*facts);
}

/// Of a target beyond this machine the receipts in the main store say what is there.
void read_receipted(runtime::Filesystem& files, const StoredTarget& main, StoredTarget& found) {
  if (!main.store) {
    found.unknown = "its receipts are in the main target, which cannot be read";
    return;
  }
  for (const StoredPoint& point : main.points) {
    if (runtime::has_copy(files, *main.store, point.id, found.target->name)) {
      found.points.push_back(
          {.id = point.id, .started = point.started, .partial = point.partial, .verified = true});
    }
  }
  found.no_facts = "what is at a " + found.target->kind +
                   " target is told by receipts alone: its retention is not played forward";
}

}  // namespace

std::vector<StoredTarget> read_stored_targets(runtime::Filesystem& files,
                                              runtime::Clock& clock,
                                              const runtime::Directories& directories,
                                              const plan::Plan& plan,
                                              const plan::Backup& backup,
                                              const std::string& host) {
  std::vector<StoredTarget> all;
  const auto add = [&](const std::string& name, const std::string& retention,
                       const plan::Copy* copy) {
    StoredTarget found{
        .target = plan.target(name), .retention = plan.retention(retention), .copy = copy};
    if (found.target->kind != "directory") {
      if (copy == nullptr)
        found.unknown = "target " + name + " is of kind " + found.target->kind;
      else
        read_receipted(files, all.front(), found);
    } else if (auto store =
                   runtime::open_store_for_reading(files, found.target->path, directories)) {
      found.store = std::move(*store);
      read_points(files, clock, {plan, backup, *found.target, host, retention, directories.state},
                  found);
    } else {
      found.unknown = to_string(store.error());
    }
    all.push_back(std::move(found));
  };
  add(backup.target, backup.retention, nullptr);
  for (const plan::Copy& copy : backup.copies)
    add(copy.target, copy.retention, &copy);
  return all;
}

}  // namespace backstay::cli
