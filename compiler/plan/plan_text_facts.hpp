// What a plan does beside reading and writing its sources: the commands that it runs, the servers
// and secrets that it uses, whom it tells.
#pragma once

#include "compiler/plan/text_page.hpp"

namespace backstay::plan {

/// One row for each command that a run, a copy, a restore or a drill executes: whose it is, when,
/// its words, what it may answer. Steps of other hosts than `options.host` are left away.
void commands_text(TextPage& page, const Plan& plan, const PlanTextOptions& options);

/// Tables of servers, secrets, those that are told, what binds services together, and renames; each
/// only where there is something to show.
void facts_text(TextPage& page, const Plan& plan);

}  // namespace backstay::plan
