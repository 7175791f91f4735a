// The checked policy → the plan: every decision is made here, none at run time.
#pragma once

#include <vector>

#include "compiler/check/judged_promise.hpp"
#include "compiler/model/policy.hpp"
#include "compiler/plan/plan.hpp"

namespace backstay::compiler {

/// policy  without errors: every reference is there, `needs` has no cycle.
/// promises  with the verdicts of its checks.
/// The plan depends on what the policy says alone, not on where or in which order it says so.
[[nodiscard]] plan::Plan lower(const Policy& policy, const std::vector<JudgedPromise>& promises);

}  // namespace backstay::compiler
