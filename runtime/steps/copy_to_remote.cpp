#include "runtime/steps/copy_to_remote.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "lang/base/units.hpp"
#include "runtime/seal/plan_seals.hpp"
#include "runtime/steps/left_behind.hpp"
#include "runtime/steps/other_machine.hpp"
#include "runtime/steps/take_receipts.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/passed_on.hpp"
#include "runtime/store/sequence.hpp"
#include "runtime/store/snapshot_signature.hpp"
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

Result<Store> open_source(const plan::CopySnapshot& action, StepContext& context) {
  const plan::Target* from = context.plan.target(action.source);
  BACKSTAY_CHECK(from != nullptr, "plan::verify proves that the target exists");
  World& world = context.world;
  return context.step.source_host.empty() ? open_store(world.files, *from, world.directories)
                                          : open_passed_on(world.files, *from, world.directories);
}

Result<Reached> reach(const plan::CopySnapshot& action,
                      const plan::Target& target,
                      StepContext& context) {
  World& world = context.world;
  Reached reached;
  BACKSTAY_ASSIGN(reached.source, open_source(action, context));
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

CopiesThere copies_at(Filesystem& files, const Reached& reached) {
  return {.ids = reached.there,
          .proven = [&](const std::string& id) { return has_receipt(files, reached, id); }};
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

struct Copying {
  const plan::CopySnapshot& action;
  const Reached& reached;
  const std::shared_ptr<const Sealer>& sealer;
  std::uint64_t moved = 0;
};

// One snapshot of a host, and before it what earlier runs left behind.
Result<void> copy_of_host(Copying& copying,
                          const std::string& host,
                          const std::string& id,
                          StepContext& context) {
  const Reached& reached = copying.reached;
  BACKSTAY_ASSIGN(
      std::vector<std::string> ids,
      left_behind(reached.source, copies_at(context.world.files, reached), context, host, id));
  ids.push_back(id);
  for (const std::string& each : ids) {
    const auto progress = [&](std::uint64_t bytes) {
      context.events.progress(context.step.id, copying.moved + bytes, copying.action.target);
    };
    auto report = copy_to_target(context.world, copying.reached.source, *copying.reached.driver,
                                 copying.reached.identity,
                                 {.snapshot = each,
                                  .policy = context.plan.policy,
                                  .host = host,
                                  .target = copying.action.target,
                                  .run_id = context.run_id,
                                  .sealer = copying.sealer},
                                 progress, context.stop);
    if (report) {
      copying.moved += report->moved_bytes;
      context.events.progress(context.step.id, copying.moved, copying.action.target);
      continue;
    }
    if (each == id || !is_of_one_snapshot(report.error()))
      return std::move(report).error();
    warn_left_behind(context, each, report.error());
  }
  return {};
}

// The newest complete one of a host in what it is copied on from; the receiver proved it there.
Result<std::string> newest_of_host(const Reached& reached,
                                   StepContext& context,
                                   const std::string& host) {
  BACKSTAY_ASSIGN(
      auto there,
      list_snapshots(context.world.files, reached.source,
                     {.policy = context.plan.policy, .backup = context.backup.name, .host = host}));
  flag_unsigned(context.world.files, reached.source, there);
  for (const SnapshotSummary& one : there) {  // newest first
    if (one.problem.empty() && !one.partial)
      return one.id;
  }
  return Error{.kind = ErrorKind::NotFound,
               .message = fmt::format("no complete snapshot of {} has come to `{}` yet", host,
                                      reached.source.path)};
}

bool is_proven_there(const Reached& reached, StepContext& context, const std::string& id) {
  return std::find(reached.there.begin(), reached.there.end(), id) != reached.there.end() &&
         has_receipt(context.world.files, reached, id);
}

// After the loss of a store its copies have the higher numbers, and by them readers know the
// latest.
void number_above_copies(const Reached& reached, const std::string& target, StepContext& context) {
  const World& world = context.world;
  const PolicyHost owner{.policy = context.plan.policy, .host = context.step.host};
  const std::uint64_t known = highest_of(reached.there, owner);
  const auto raised = number_above(world.files, world.directories, reached.source, owner, known);
  if (!raised) {
    context.events.warning(context.step.id, to_string(raised.error()));
  } else if (*raised) {
    context.events.warning(
        context.step.id,
        fmt::format("copies at `{}` are numbered up to {}, above this snapshot, by a store that is "
                    "gone or another machine of this name: `latest` there is one of them until the "
                    "next run, which is numbered above them",
                    target, known));
  }
}

Result<void> copy_on(Copying& copying, StepContext& context) {
  const std::string& host = context.step.source_host;
  BACKSTAY_ASSIGN(const std::string id, newest_of_host(copying.reached, context, host));
  return is_proven_there(copying.reached, context, id) ? Result<void>()
                                                       : copy_of_host(copying, host, id, context);
}

}  // namespace

Result<void> copy_to_remote(const plan::CopySnapshot& action,
                            const plan::Target& target,
                            const std::string& id,
                            StepContext& context) {
  BACKSTAY_ASSIGN(const Reached reached, reach(action, target, context));
  BACKSTAY_ASSIGN(const std::shared_ptr<const Sealer> sealer,
                  open_sealer(context.world.commands, context.plan, action.target, context.stop));
  Copying copying{action, reached, sealer};
  if (!context.step.source_host.empty())
    return copy_on(copying, context);
  warn_of_another_machine(*reached.driver, reached.source, reached.there, context);
  number_above_copies(reached, action.target, context);
  BACKSTAY_TRY(copy_of_host(copying, context.step.host, id, context));
  take_receipts(*reached.driver, reached.source, reached.there, action.target, context);
  return {};
}

namespace {

Preview preview_copy_on(const Reached& reached, StepContext& context) {
  Preview lines{{.text = fmt::format("adds what is new in `{}` to the store {} at {}, which holds "
                                     "{} copies, and proves it there",
                                     reached.source.path, reached.identity.uuid,
                                     reached.driver->describe(), reached.there.size())}};
  const auto id = newest_of_host(reached, context, context.step.source_host);
  if (!id) {
    lines.push_back({.unknown = true, .text = to_string(id.error())});
  } else if (!is_proven_there(reached, context, *id)) {
    const auto bytes = new_bytes(context.world.files, reached.source, *id);
    lines.push_back(
        {.text = fmt::format("{}{}", *id, bytes ? ": about " + to_human(ByteSize{*bytes}) : "")});
  }
  return lines;
}

}  // namespace

Preview preview_copy_to_remote(const plan::CopySnapshot& action,
                               const plan::Target& target,
                               StepContext& context) {
  const auto reached = reach(action, target, context);
  if (!reached)
    return {{.problem = true, .text = to_string(reached.error())}};
  if (!context.step.source_host.empty())
    return preview_copy_on(*reached, context);
  Preview lines{{.text = fmt::format("adds the new snapshot to the store {} at {}, which holds {} "
                                     "copies; moves what is missing there and proves all of it",
                                     reached->identity.uuid, reached->driver->describe(),
                                     reached->there.size())}};
  const auto behind = left_behind(reached->source, copies_at(context.world.files, *reached),
                                  context, context.step.host, "");
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
