// What a reviewer must not miss: everything that a policy leaves out on purpose.
#pragma once

#include "compiler/plan/plan_sources.hpp"
#include "compiler/plan/text_page.hpp"

namespace backstay::plan {

/// Services and paths that are not backed up, units that stay stopped, `except` with its services
/// and its reason, `keep`, databases that `database all` leaves out. Nothing where there is none.
void left_out_text(TextPage& page, const Plan& plan, const NamedDatabases& named);

}  // namespace backstay::plan
