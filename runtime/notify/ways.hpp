// The ways a notice goes: an address that is called, a dead man's switch, a mail, a command.
#pragma once

#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/notify/notice.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// How often a way is tried, and how long between two tries.
struct Patience {
  int tries = 3;
  std::chrono::milliseconds pause{2000};  ///< doubled after each
};

/// The ways of a declaration that tell of an outcome: `webhook`, `mail`, `command` where `on` names
/// it, `healthcheck` always, since a switch that is not pressed rings.
[[nodiscard]] std::vector<std::string> ways_for(const plan::Notify& notify,
                                                const std::string& outcome);

/// Sends a notice one way, now. The secret address goes to curl on its standard input: it is in no
/// argument, log or error. Errors: ToolMissing, ToolFailed, Timeout, Credentials.
[[nodiscard]] Result<void> send(World& world,
                                const plan::Plan& plan,
                                const plan::Notify& notify,
                                const std::string& way,
                                const Notice& notice,
                                const Patience& patience = {});

}  // namespace backstay::runtime
