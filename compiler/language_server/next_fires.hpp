// When schedules of a policy run next, seen from now.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "compiler/language_server/workspace.hpp"

namespace backstay::compiler::lsp {

/// The next fires as people read them: `mon 2026-11-23 02:30 +01:00`. Empty where the policy has no
/// zone that is known, or the rule is none.
[[nodiscard]] std::vector<std::string> next_fires(const Policy& policy,
                                                  const Schedule& schedule,
                                                  std::chrono::sys_seconds now,
                                                  std::size_t most);

/// A hint behind a line.
struct InlayHint {
  std::size_t offset = 0;
  std::string text;     ///< `next mon 2026-11-23 02:30 +01:00`
  std::string tooltip;  ///< the fires after it
};

/// For every schedule of a file whose rule is as it was when the policy was last in order.
[[nodiscard]] std::vector<InlayHint> inlay_hints(Workspace& workspace, const std::string& path);

}  // namespace backstay::compiler::lsp
