// Schedules and retentions: when something runs, and what is kept of it.
#pragma once

#include "compiler/resolve/context.hpp"

namespace backstay::compiler {

/// Each by name. A schedule's rule is its canonical text: lists sorted, blanks single.
[[nodiscard]] std::vector<Schedule> resolve_schedules(Context& context);
[[nodiscard]] std::vector<Retention> resolve_retentions(Context& context);

}  // namespace backstay::compiler
