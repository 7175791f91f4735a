// commit-snapshot: everything is read back, then one rename makes the snapshot visible.
#include "lang/base/units.hpp"
#include "runtime/seal/plan_seals.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/store/lock.hpp"
#include "runtime/store/staging.hpp"
#include "runtime/store/store.hpp"
#include "runtime/store/store_list.hpp"

namespace backstay::runtime {

Result<void> execute(const plan::CommitSnapshot& /*action*/, StepContext& context) {
  BACKSTAY_CHECK(context.staging != nullptr, "a backup has a staging");
  auto committed = context.staging->commit();
  if (!committed)
    return std::move(committed).error();
  return {};
}

Preview preview(const plan::CommitSnapshot& action, StepContext& context) {
  const plan::Target* target = context.plan.target(action.target);
  BACKSTAY_CHECK(target != nullptr, "plan::verify proves that the target exists");
  Filesystem& files = context.world.files;
  auto store = open_store(files, *target, context.world.directories);
  if (!store) {
    const std::string hint = store.error().hint.empty() ? "" : "; " + store.error().hint;
    return {{.problem = true, .text = to_string(store.error()) + hint}};
  }
  Preview lines;
  if (const auto space = files.space(store->path)) {
    lines.push_back({.text = "store `" + store->path +
                             "`: " + to_human(ByteSize{space->free_bytes}) + " free"});
  }
  if (const std::string seal = seal_text(context.plan, action.target); !seal.empty())
    lines.push_back({.text = seal + ": what is written there cannot be read by this host"});
  if (!store->links) {
    lines.push_back({.text = "the store's file system has no hard links: every snapshot is a full "
                             "copy"});
  }
  const std::string holder = lock_holder(*store, context.plan.policy, context.step.host);
  if (!holder.empty())
    lines.push_back({.problem = true, .text = "the lock is held by " + holder});
  const auto newest = find_snapshot(
      files, *store,
      {.policy = context.plan.policy, .backup = context.backup.name, .host = context.step.host},
      "latest");
  lines.push_back({.text = newest ? "the newest complete snapshot is " + newest->id
                                  : "there is no complete snapshot yet"});
  lines.push_back(
      {.unknown = true,
       .text = "its size; all of it is read back and decoded before it becomes visible"});
  return lines;
}

}  // namespace backstay::runtime
