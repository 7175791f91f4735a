// Which snapshots a drill reads, and what of the drill each of them serves.
#pragma once

#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/drill/drill_run.hpp"
#include "runtime/store/store.hpp"

namespace backstay::runtime {

/// Opens the snapshots that the steps of one host of a drill need: for each host whose data is
/// restored and each backup that covers a drilled service there, the newest complete one; where
/// `name` is not empty that one, alone. Fills `sources` and `absent`.
/// Errors: NotFound, Refused (a partial one, or one of something else), BadInput, Usage.
[[nodiscard]] Result<void> open_drill_sources(World& world,
                                              const Store& store,
                                              const std::vector<plan::Step>& steps,
                                              const std::string& name,
                                              DrillRun& run);

}  // namespace backstay::runtime
