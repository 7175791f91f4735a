// Open, decode, record: see the header.
#include "runtime/restore/kept_snapshot.hpp"

#include <map>

#include <fmt/format.h>

#include "compiler/plan/action_facts.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/store/verification.hpp"
#include "runtime/store/verify.hpp"

namespace backstay::runtime {
namespace {

Error not_proven(const std::string& snapshot, const std::string& why, const std::string& hint) {
  return {.kind = ErrorKind::Refused,
          .message = fmt::format("snapshot {}, which alone holds what was there, is not proven: {}",
                                 snapshot, why),
          .hint = hint};
}

constexpr const char* kHint =
    "nothing more was changed; look at the disk of the store with `backstay verify`. What is "
    "sealed is read with --identity";

}  // namespace

Result<std::unique_ptr<SnapshotReader>> open_kept(World& world,
                                                  const std::string& store,
                                                  const std::string& snapshot) {
  BACKSTAY_ASSIGN(const Store opened,
                  open_store_for_reading(world.files, store, world.directories));
  return open_snapshot(world.files, opened, snapshot);
}

Result<void> prove_kept(World& world,
                        const std::string& store,
                        const std::string& snapshot,
                        const std::set<std::string>& components,
                        const std::stop_token& stop) {
  const auto refused = [&](const Error& error) {
    return not_proven(snapshot, to_string(error), kHint);
  };
  const auto opened = open_store_for_reading(world.files, store, world.directories);
  if (!opened)
    return refused(opened.error());
  const auto reader = open_snapshot(world.files, *opened, snapshot);
  if (!reader)
    return refused(reader.error());
  std::set<std::string> held;
  for (const std::string& component : components) {
    if ((*reader)->component(component) != nullptr)
      held.insert(component);
  }
  // An empty set would mean all of it.
  if (held.empty())
    return {};
  const auto report = verify_snapshot(world.files, *opened,
                                      {.snapshot = snapshot,
                                       .level = 2,
                                       .components = std::move(held),
                                       .has_identity = (*reader)->seal().seals()},
                                      stop);
  if (!report && report.error().kind == ErrorKind::Interrupted)
    return report.error();
  if (!report)
    return refused(report.error());
  if (!report->intact())
    return not_proven(snapshot, report->problems.front(), kHint);
  if (!report->not_proven.empty())
    return not_proven(snapshot, report->not_proven, kHint);
  Verification found = verification_of(*report, to_rfc3339(world.clock.now()));
  found.whole = false;
  BACKSTAY_TRY(keep_verification(world.files, *opened, snapshot, found, {}));
  return {};
}

std::set<std::string> databases_in_scope(const StepContext& context) {
  std::set<std::string> found;
  const std::set<std::string>& scope = context.restore->components;
  for (const plan::Step& step : context.backup.restore) {
    const auto* restore = std::get_if<plan::RestoreMariadb>(&step.action);
    if (restore == nullptr || step.host != context.step.host)
      continue;
    for (const auto& each : restore->databases) {
      if (scope.contains(each.component))
        found.insert(each.component);
    }
    for (const std::string& component : scope) {
      if (!restore->all_component.empty() && component.starts_with(restore->all_component + "."))
        found.insert(component);
    }
  }
  return found;
}

Result<void> prove_what_was_dropped(World& world,
                                    const RecordContent& content,
                                    const std::stop_token& stop) {
  std::map<std::string, std::set<std::string>> needed;
  for (const RecordedChange& each : content.changes) {
    const auto* dropped = std::get_if<MariadbDropped>(&each.change);
    if (dropped != nullptr && each.state != ChangeState::TakenBack)
      needed[dropped->snapshot].insert(dropped->kept);
  }
  for (const auto& [snapshot, components] : needed) {
    BACKSTAY_ASSIGN(const auto reader, open_kept(world, content.header.store, snapshot));
    for (const std::string& component : components) {
      if (reader->component(component) == nullptr)
        return not_proven(snapshot, "it does not hold " + component, kHint);
    }
    BACKSTAY_TRY(prove_kept(world, content.header.store, snapshot, components, stop));
  }
  return {};
}

Result<void> check_without_orig(const plan::Step& step, const StepContext& context) {
  const RestoreRun& run = *context.restore;
  const bool other = std::holds_alternative<plan::RestorePostgresql>(step.action) ||
                     std::holds_alternative<plan::RestoreMariadbPhysical>(step.action);
  for (const std::string& component : plan::components_of(step.action)) {
    if (!run.components.contains(component))
      continue;
    if (other) {
      return Error{.kind = ErrorKind::Usage,
                   .message = component +
                              " cannot be restored with --in-place-without-orig: it is "
                              "for dumps of MariaDB",
                   .hint =
                       "restore the MariaDB databases with --database or --component, and the "
                       "rest with --in-place"};
    }
    const bool database = std::holds_alternative<plan::RestoreMariadb>(step.action);
    const auto& without = run.request.without_keep_current;
    if (database && (without.contains(component) || without.contains("all"))) {
      return Error{.kind = ErrorKind::Usage,
                   .message = "--in-place-without-orig needs the snapshot of what is there: " +
                              component + " cannot be left out of it",
                   .hint = "take --without-keep-current off, or restore with --in-place"};
    }
  }
  return {};
}

}  // namespace backstay::runtime
