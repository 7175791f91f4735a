// copy-snapshot: the snapshot of this run, added to another directory and proven there; before it
// those that earlier runs could not copy.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lang/base/units.hpp"
#include "runtime/prune/prune_facts.hpp"
#include "runtime/seal/plan_seals.hpp"
#include "runtime/steps/copy_to_remote.hpp"
#include "runtime/steps/left_behind.hpp"
#include "runtime/steps/other_machine.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/lock.hpp"
#include "runtime/store/records.hpp"
#include "runtime/store/snapshot_copy.hpp"
#include "runtime/store/staging.hpp"
#include "runtime/store/store.hpp"

namespace backstay::runtime {
namespace {

const plan::Target& target_of(const plan::CopySnapshot& action, const StepContext& context) {
  const plan::Target* target = context.plan.target(action.target);
  BACKSTAY_CHECK(target != nullptr, "plan::verify proves that the target exists");
  return *target;
}

Result<Store> store_of(const std::string& name, StepContext& context) {
  const plan::Target* target = context.plan.target(name);
  BACKSTAY_CHECK(target != nullptr, "plan::verify proves that the target exists");
  return open_store(context.world.files, *target, context.world.directories);
}

/// What this run made; of a copy with a schedule of its own the newest verified one.
Result<std::string> what_to_copy(const plan::CopySnapshot& action, StepContext& context) {
  if (!context.step.source_host.empty())
    return std::string();  // each host has its own
  if (context.staging == nullptr) {
    BACKSTAY_ASSIGN(const Store source, store_of(action.source, context));
    return newest_verified(
        context.world.files, source,
        {.policy = context.plan.policy, .backup = context.backup.name, .host = context.step.host},
        context.world.directories.state);
  }
  std::string id = context.staging->snapshot_id();
  if (id.empty() || context.staging->completeness() == Completeness::Partial) {
    return Error{.kind = ErrorKind::Partial,
                 .message = "the snapshot is not complete: it is not copied"};
  }
  return id;
}

// What is in a directory, and what a receipt of it says there.
Result<CopiesThere> copies_in(const Store& target, StepContext& context) {
  Filesystem& files = context.world.files;
  BACKSTAY_ASSIGN(auto ids, files.list(layout::snapshots(target.path)));
  return CopiesThere{.ids = std::move(ids), .proven = [&files, target](const std::string& id) {
                       const auto records = read_records(files, target, id, kReceiptRecord);
                       return records && !records->empty();
                     }};
}

std::string record_of(const CopyReport& report, const Store& source, StepContext& context) {
  const nlohmann::json json = {{"at", to_rfc3339(context.world.clock.now())},
                               {"copied-bytes", report.copied_bytes},
                               {"from-store", source.uuid},
                               {"linked-bytes", report.linked_bytes},
                               {"run", context.run_id}};
  return json.dump();
}

struct DirectoryCopy {
  const plan::CopySnapshot& action;
  Store source;
  Store target;
  std::shared_ptr<const Sealer> sealer;
  std::uint64_t done = 0;  ///< bytes of the snapshots before
};

Result<void> copy_one(DirectoryCopy& copy, const std::string& id, StepContext& context) {
  const std::string& name = copy.action.target;
  std::uint64_t there = 0;
  const auto progress = [&](std::uint64_t bytes) {
    there = bytes;
    context.events.progress(context.step.id, copy.done + bytes, name);
  };
  BACKSTAY_ASSIGN(const CopyReport report,
                  copy_snapshot(context.world.files, copy.source, copy.target,
                                {.snapshot = id,
                                 .policy = context.plan.policy,
                                 .host = context.step.host,
                                 .sealer = copy.sealer},
                                progress, context.stop));
  copy.done += there;
  if (!report.renewed.empty()) {
    context.events.warning(
        context.step.id,
        fmt::format(
            "{} files that earlier copies hold in {} are damaged there, and were copied anew "
            "(`{}`): look at its disk, `backstay verify {}` names those copies",
            report.renewed.size(), name, report.renewed.front(), copy.target.path));
  }
  BACKSTAY_TRY(write_record(context.world.files, copy.target, id, kReceiptRecord,
                            record_of(report, copy.source, context)));
  return {};
}

}  // namespace

Result<void> execute(const plan::CopySnapshot& action, StepContext& context) {
  BACKSTAY_ASSIGN(const std::string id, what_to_copy(action, context));
  if (const plan::Target& target = target_of(action, context); target.kind != "directory")
    return copy_to_remote(action, target, id, context);
  DirectoryCopy copy{.action = action, .source = {}, .target = {}, .sealer = {}};
  BACKSTAY_ASSIGN(copy.source, store_of(action.source, context));
  BACKSTAY_ASSIGN(copy.target, store_of(action.target, context));
  BACKSTAY_ASSIGN(const Lock lock, lock_policy(copy.target, context.plan.policy, context.step.host,
                                               {.run_id = context.run_id,
                                                .since = to_rfc3339(context.world.clock.now())}));
  BACKSTAY_ASSIGN(copy.sealer,
                  open_sealer(context.world.commands, context.plan, action.target, context.stop));
  BACKSTAY_ASSIGN(const CopiesThere there, copies_in(copy.target, context));
  warn_of_another_machine(copy.target, copy.source, there.ids, context);
  BACKSTAY_ASSIGN(const auto behind,
                  left_behind(copy.source, there, context, context.step.host, id));
  for (const std::string& earlier : behind) {
    const auto copied = copy_one(copy, earlier, context);
    if (!copied && !is_of_one_snapshot(copied.error()))
      return copied.error();
    if (!copied)
      warn_left_behind(context, earlier, copied.error());
  }
  return copy_one(copy, id, context);
}

Preview preview(const plan::CopySnapshot& action, StepContext& context) {
  if (const plan::Target& far = target_of(action, context); far.kind != "directory")
    return preview_copy_to_remote(action, far, context);
  const auto target = store_of(action.target, context);
  if (!target) {
    return {{.problem = true, .text = to_string(target.error())}};
  }
  Preview lines{
      {.text = fmt::format("adds the new snapshot to the store {} at `{}`, linking what an "
                           "earlier copy holds, and reads it back",
                           target->uuid, target->path)}};
  const auto source = store_of(action.source, context);
  const auto there = copies_in(*target, context);
  const auto behind = source && there
                          ? left_behind(*source, *there, context, context.step.host, "")
                          : Result<std::vector<std::string>>(std::vector<std::string>());
  for (const std::string& id : behind ? *behind : std::vector<std::string>())
    lines.push_back({.text = fmt::format("first {}, whose copy is not proven yet", id)});
  if (const std::string seal = seal_text(context.plan, action.target); !seal.empty())
    lines.push_back({.text = seal});
  return lines;
}

}  // namespace backstay::runtime
