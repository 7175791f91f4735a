// How much there is to do, so that progress can say how long the rest will take.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "runtime/executor/run_report.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/store/snapshot_reader.hpp"

namespace backstay::runtime {

/// Bytes by id of step.
using ExpectedBytes = std::map<std::string, std::uint64_t>;

/// What each step moved in the newest run of the same policy, backup and host that is still known
/// on this machine and did not fail. Nothing is surveyed for it: a first run has no time left to
/// tell. Empty where there is none, or where it cannot be read.
[[nodiscard]] ExpectedBytes bytes_of_last_run(World& world, const RunReport& like);

/// What the snapshot says of the components that each step restores.
[[nodiscard]] ExpectedBytes bytes_of_components(const SnapshotReader& snapshot,
                                                const std::vector<plan::Step>& steps);

/// Tells them all.
void expect_all(Events& events, const ExpectedBytes& expected);

}  // namespace backstay::runtime
