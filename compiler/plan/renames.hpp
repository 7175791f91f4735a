// A plan as it would be called after the renames of a newer one: what `moved` covers is no change.
#pragma once

#include <vector>

#include "compiler/plan/plan.hpp"

namespace backstay::plan {

/// Carries out `moved`, chains of it included, on every name in the plan: of services, components,
/// hosts, backups and targets, also where they stand in step ids. Lists of
/// names are sorted again; lists of records keep their order.
[[nodiscard]] Plan renamed(Plan plan, const std::vector<Moved>& moved);

}  // namespace backstay::plan
