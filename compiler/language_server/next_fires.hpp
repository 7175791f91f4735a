// When schedules of a policy run next, seen from now.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "compiler/model/policy.hpp"

namespace backstay::compiler::lsp {

/// The next fires as people read them: `mon 2026-11-23 02:30 +01:00`. Empty where the policy has no
/// zone that is known, or the rule is none.
[[nodiscard]] std::vector<std::string> next_fires(const Policy& policy,
                                                  const Schedule& schedule,
                                                  std::chrono::sys_seconds now,
                                                  std::size_t most);

}  // namespace backstay::compiler::lsp
