// The word about a run that was refused before its first side effect: the lock was held, the store
// was full or gone. Without it the machine would look as if nobody had wanted a backup.
#pragma once

#include "runtime/executor/events.hpp"
#include "runtime/executor/run_report.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// Writes STATE/runs/RUN.json with `"begun": false` and the reason, unless nobody is to be told: a
/// call that made no sense, or one that was interrupted. A failure is a warning.
/// report  names of the run; no steps
void keep_refusal(World& world, RunReport report, const Error& why, Events& events);

}  // namespace backstay::runtime
