// A plan diff for people and machines: one model, three renderings.
#pragma once

#include <cstddef>
#include <string>

#include "compiler/plan/plan_diff.hpp"
#include "compiler/plan/plan_text.hpp"

namespace backstay::plan {

/// Danger first, then everything by effect, then one line that counts. Deterministic.
[[nodiscard]] std::string to_text(const PlanDiff& diff, const PlanTextOptions& options);

/// A comment for a merge request: what weakens protection in words at the top, a table of all
/// changes, a fold with the text. At most `budget` bytes; what does not fit is counted. Strings of
/// the policy cannot break out of their cells, mention people or begin a tag.
[[nodiscard]] std::string to_markdown(const PlanDiff& diff, std::size_t budget = 60'000);

/// {"schema_version": 1, "policy", "old_digest", "new_digest", "weaker", "changes": […]}
[[nodiscard]] std::string to_json(const PlanDiff& diff);

}  // namespace backstay::plan
