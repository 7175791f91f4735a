// One execute and one preview a step kind; std::visit dispatches, so a forgotten one does not
// compile.
//
// execute  does the step. Errors end the step; what depends on it is skipped, its siblings are not.
// preview  looks at the real host, read-only, and says what execute would do. Never changes
// anything.
#pragma once

#include "runtime/steps/context.hpp"

namespace backstay::runtime {

#define BACKSTAY_STEP(Kind)                                             \
  Result<void> execute(const plan::Kind& action, StepContext& context); \
  Preview preview(const plan::Kind& action, StepContext& context)

BACKSTAY_STEP(CheckSources);
BACKSTAY_STEP(RunCommand);
BACKSTAY_STEP(StopUnits);
BACKSTAY_STEP(StartUnits);
BACKSTAY_STEP(DumpMariadb);
BACKSTAY_STEP(DumpMariadbPhysical);
BACKSTAY_STEP(DumpPostgresql);
BACKSTAY_STEP(CopySqlite);
BACKSTAY_STEP(CaptureOutput);
BACKSTAY_STEP(ArchiveFiles);
BACKSTAY_STEP(CommitSnapshot);
BACKSTAY_STEP(VerifySnapshot);
BACKSTAY_STEP(CopySnapshot);
BACKSTAY_STEP(MirrorTree);
BACKSTAY_STEP(ReplicateFiles);
BACKSTAY_STEP(PruneTarget);
BACKSTAY_STEP(CheckSnapshot);
BACKSTAY_STEP(KeepCurrent);
BACKSTAY_STEP(RestoreFiles);
BACKSTAY_STEP(RestoreSqlite);
BACKSTAY_STEP(RestoreMariadb);
BACKSTAY_STEP(RestoreMariadbPhysical);
BACKSTAY_STEP(RestorePostgresql);
BACKSTAY_STEP(FeedCommand);
BACKSTAY_STEP(CheckService);
BACKSTAY_STEP(FinishRestore);
BACKSTAY_STEP(PrepareSandbox);
BACKSTAY_STEP(ExpectRows);
BACKSTAY_STEP(ExpectFile);
BACKSTAY_STEP(ExpectRun);
BACKSTAY_STEP(FinishDrill);

#undef BACKSTAY_STEP

[[nodiscard]] inline Result<void> execute_step(StepContext& context) {
  return std::visit([&](const auto& action) { return execute(action, context); },
                    context.step.action);
}

[[nodiscard]] inline Preview preview_step(StepContext& context) {
  return std::visit([&](const auto& action) { return preview(action, context); },
                    context.step.action);
}

}  // namespace backstay::runtime
