#include "runtime/steps/copy_to_remote.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "lang/base/units.hpp"
#include "runtime/seal/plan_seals.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/store.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/target/copy_to_target.hpp"
#include "runtime/target/open_target.hpp"
#include "runtime/target/registration.hpp"

namespace backstay::runtime {
namespace {

struct Reached {
  Store source;
  std::unique_ptr<TargetDriver> driver;
  TargetIdentity identity;
  std::vector<std::string> there;  ///< ids of copies, of any writer
};

Result<Reached> reach(const plan::CopySnapshot& action,
                      const plan::Target& target,
                      StepContext& context) {
  const plan::Target* from = context.plan.target(action.source);
  BACKSTAY_CHECK(from != nullptr, "plan::verify proves that the target exists");
  World& world = context.world;
  Reached reached;
  BACKSTAY_ASSIGN(reached.source, open_store(world.files, *from, world.directories));
  BACKSTAY_ASSIGN(reached.driver, open_target(world, context.plan, target));
  BACKSTAY_ASSIGN(reached.identity, reached.driver->identity(context.stop));
  BACKSTAY_TRY(check_registered(world.files, world.directories, target, reached.identity));
  BACKSTAY_ASSIGN(reached.there, reached.driver->list(context.stop));
  return reached;
}

bool has_receipt(Filesystem& files, const Reached& reached, const std::string& id) {
  const auto receipts = read_receipts(files, reached.source, id);
  return receipts && std::any_of(receipts->begin(), receipts->end(), [&](const Receipt& one) {
           return one.store == reached.identity.uuid;
         });
}

bool has_own_schedule(const StepContext& context) {
  return std::any_of(
      context.backup.copies.begin(), context.backup.copies.end(), [&](const plan::Copy& copy) {
        return std::any_of(copy.steps.begin(), copy.steps.end(),
                           [&](const plan::Step& step) { return step.id == context.step.id; });
      });
}

// Oldest first, so that the chain of copies is that of the snapshots. Without any copy there only
// the newest counts: a new target is not filled with the past unasked. A copy with a schedule of
// its own skips what was made in between: of the past it only proves what is there.
Result<std::vector<std::string>> left_behind(const Reached& reached,
                                             StepContext& context,
                                             const std::string& except) {
  BACKSTAY_ASSIGN(const auto here, list_snapshots(context.world.files, reached.source,
                                                  {.policy = context.plan.policy,
                                                   .backup = context.backup.name,
                                                   .host = context.step.host}));
  const auto is_there = [&](const std::string& id) {
    return std::find(reached.there.begin(), reached.there.end(), id) != reached.there.end();
  };
  const bool own_pace = has_own_schedule(context);
  std::vector<std::string> ids;
  for (const SnapshotSummary& one : here) {  // newest first
    if (!one.problem.empty() || one.partial || one.id == except)
      continue;
    const bool there = is_there(one.id);
    if (there && has_receipt(context.world.files, reached, one.id))
      break;
    if (there || (!own_pace && !reached.there.empty()))
      ids.push_back(one.id);
  }
  const bool some = std::any_of(here.begin(), here.end(),
                                [&](const SnapshotSummary& one) { return is_there(one.id); });
  if (!some)
    ids.clear();
  std::reverse(ids.begin(), ids.end());
  return ids;
}

// What a snapshot added to its store: about what its copy moves.
std::optional<std::uint64_t> new_bytes(Filesystem& files,
                                       const Store& store,
                                       const std::string& id) {
  const std::string path = layout::snapshot(store.path, id) + "/" + std::string(layout::kManifest);
  const auto text = read_file(files, path);
  const auto manifest = text ? parse_manifest(*text, path) : Result<Manifest>(text.error());
  if (!manifest)
    return std::nullopt;
  std::uint64_t bytes = 0;
  for (const ManifestComponent& component : manifest->components)
    bytes += component.stored_bytes - std::min(component.linked_bytes, component.stored_bytes);
  return bytes;
}

// A line that is cut or a far side that is full stops all copies; one snapshot that is damaged here
// must not keep the others from being safe.
bool only_this_one(const Error& error) {
  return error.kind == ErrorKind::Verification || error.kind == ErrorKind::NotFound ||
         error.kind == ErrorKind::BadInput;
}

}  // namespace

Result<void> copy_to_remote(const plan::CopySnapshot& action,
                            const plan::Target& target,
                            const std::string& id,
                            StepContext& context) {
  BACKSTAY_ASSIGN(Reached reached, reach(action, target, context));
  BACKSTAY_ASSIGN(const auto sealer,
                  open_sealer(context.world.commands, context.plan, action.target, context.stop));
  BACKSTAY_ASSIGN(std::vector<std::string> ids, left_behind(reached, context, id));
  ids.push_back(id);
  std::uint64_t moved = 0;
  for (const std::string& each : ids) {
    const auto progress = [&](std::uint64_t bytes) {
      context.events.progress(context.step.id, moved + bytes, action.target);
    };
    auto report = copy_to_target(context.world, reached.source, *reached.driver, reached.identity,
                                 {.snapshot = each,
                                  .policy = context.plan.policy,
                                  .host = context.step.host,
                                  .target = action.target,
                                  .run_id = context.run_id,
                                  .sealer = sealer},
                                 progress, context.stop);
    if (report) {
      moved += report->moved_bytes;
      context.events.progress(context.step.id, moved, action.target);
      continue;
    }
    if (each == id || !only_this_one(report.error()))
      return std::move(report).error();
    context.events.warning(context.step.id, fmt::format("the copy of the earlier snapshot {} is "
                                                        "left behind: {}",
                                                        each, to_string(report.error())));
  }
  return {};
}

Preview preview_copy_to_remote(const plan::CopySnapshot& action,
                               const plan::Target& target,
                               StepContext& context) {
  const auto reached = reach(action, target, context);
  if (!reached)
    return {{.problem = true, .text = to_string(reached.error())}};
  Preview lines{{.text = fmt::format("adds the new snapshot to the store {} at {}, which holds {} "
                                     "copies; moves what is missing there and proves all of it",
                                     reached->identity.uuid, reached->driver->describe(),
                                     reached->there.size())}};
  const auto behind = left_behind(*reached, context, "");
  for (const std::string& id : behind ? *behind : std::vector<std::string>()) {
    const auto bytes = new_bytes(context.world.files, reached->source, id);
    lines.push_back({.text = fmt::format("first {}, whose copy is not proven yet{}", id,
                                         bytes ? ": about " + to_human(ByteSize{*bytes}) : "")});
  }
  const auto last = find_snapshot(
      context.world.files, reached->source,
      {.policy = context.plan.policy, .backup = context.backup.name, .host = context.step.host},
      "latest");
  const auto bytes =
      last ? new_bytes(context.world.files, reached->source, last->id) : std::nullopt;
  lines.push_back({.unknown = true,
                   .text = bytes ? fmt::format("moves about what the run adds; the last one added "
                                               "{}",
                                               to_human(ByteSize{*bytes}))
                                 : "moves all of the first snapshot"});
  if (const std::string seal = seal_text(context.plan, action.target); !seal.empty())
    lines.push_back({.text = seal});
  return lines;
}

}  // namespace backstay::runtime
