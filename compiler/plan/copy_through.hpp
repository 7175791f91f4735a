// Copies that one host makes of what all have copied to it.
#pragma once

#include <string>

#include "compiler/plan/plan.hpp"

namespace backstay::plan {

/// The host that copies on what others have copied to it; empty: each host copies its own. Such a
/// copy has a step for every host whose snapshots go on (Step::source_host), all on this one.
[[nodiscard]] inline std::string through_of(const Copy& copy) {
  const bool on = !copy.steps.empty() && !copy.steps.front().source_host.empty();
  return on ? copy.steps.front().host : std::string();
}

}  // namespace backstay::plan
