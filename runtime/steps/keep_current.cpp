// keep-current: what a restore is about to replace becomes a snapshot first.
#include "runtime/restore/keep_current.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/plan/plan_text.hpp"
#include "runtime/restore/kept_snapshot.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/store/snapshot_reader.hpp"

namespace backstay::runtime {
namespace {

/// Only a restore in place replaces something.
bool replaces(const RestoreRequest& request) {
  return request.in_place && request.to_directory.empty() && request.database_suffix.empty();
}

KeepRequest request_of(const StepContext& context) {
  const RestoreRun& run = *context.restore;
  return {.plan = context.plan,
          .backup = context.backup,
          .host = context.step.host,
          .store = run.keep_in.empty() ? context.snapshot->store_path() : run.keep_in,
          .seal = context.snapshot->seal(),
          .components = run.components,
          .without = run.request.without_keep_current};
}

}  // namespace

Result<void> execute(const plan::KeepCurrent& /*action*/, StepContext& context) {
  RestoreRun& run = *context.restore;
  // Why not again: what is there now is no longer what was there before the restore.
  if (!replaces(run.request) || !run.kept_current.empty())
    return {};
  BACKSTAY_ASSIGN(const KeptCurrent kept,
                  keep_current(context.world, request_of(context), context.events, context.stop));
  if (run.request.without_orig && kept.snapshot != kNothingKept)
    BACKSTAY_TRY(prove_kept(context.world, request_of(context).store, kept.snapshot,
                            databases_in_scope(context), context.stop));
  run.kept_current = kept.snapshot;
  if (!kept.without.empty()) {
    context.events.warning(context.step.id, fmt::format("not kept as a snapshot, as you said: {}",
                                                        fmt::join(kept.without, ", ")));
  }
  return {};
}

Preview preview(const plan::KeepCurrent& /*action*/, StepContext& context) {
  if (!replaces(context.restore->request))
    return {{.text = "nothing is replaced: nothing to keep"}};
  KeptCurrent kept;
  const auto steps = keeping_steps(context.world, request_of(context), kept, context.stop);
  if (!steps)
    return {{.problem = true, .text = to_string(steps.error())}};
  Preview lines;
  for (const plan::Step& step : *steps)
    lines.push_back({.text = "kept as a snapshot: " + plan::describe(step.action)});
  for (const std::string& component : kept.absent)
    lines.push_back({.text = component + " is absent: nothing to keep"});
  for (const std::string& component : kept.without)
    lines.push_back({.text = component + " is not kept, as you say"});
  if (!steps->empty())
    lines.push_back({.unknown = true, .text = "its size in the store"});
  return lines;
}

}  // namespace backstay::runtime
