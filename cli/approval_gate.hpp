// Where the verbs ask whether a plan may run here (runtime/approval), and say what was answered.
#pragma once

#include <string>

#include "cli/plan_file.hpp"
#include "cli/session.hpp"
#include "runtime/approval/approval.hpp"

namespace backstay::cli {

/// The first thing that a verb with side effects does with a plan. Nothing where this host does not
/// ask for approvals. Errors: Refused, before anything was changed.
[[nodiscard]] Result<void> require_approval(runtime::World& world,
                                            const plan::Plan& plan,
                                            const std::string& asked_host,
                                            const std::stop_token& stop);

/// The same for a look at what would happen: changes nothing, notes nothing.
[[nodiscard]] Result<void> check_approval(runtime::World& world,
                                          const plan::Plan& plan,
                                          const std::string& asked_host);

/// What a plan's approval is at the moment.
struct ApprovalState {
  bool asked = false;  ///< this host asks for approvals
  std::string text;    ///< `by …, until …`, or why it is refused
  bool refused = false;
};

[[nodiscard]] ApprovalState approval_state(const Session& session,
                                           const plan::Plan& plan,
                                           const std::string& asked_host);

/// `Approved by …` or `NOT APPROVED: …` with a newline; empty where this host does not ask.
[[nodiscard]] std::string approval_line(const Session& session,
                                        const plan::Plan& plan,
                                        const std::string& asked_host);

}  // namespace backstay::cli
