// Telling people how a run ended: by the `notify` of its backup or drill.
#pragma once

#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/notify/notice.hpp"
#include "runtime/notify/ways.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// Tells of an end by a declaration of the plan. A success after a failure is a `recovery`: what
/// was told last is kept in STATE/notices. What cannot be delivered is kept there too, at most
/// twenty of a policy, and goes out first at the next end. Returns a line for each way that failed;
/// a prune that does its work is told only after one that did not;
/// what keeps people from being told is never a reason to call a run failed. notify  name of a
/// declaration of the plan; empty: nobody is told
[[nodiscard]] std::vector<std::string> tell_end(World& world,
                                                const plan::Plan& plan,
                                                const std::string& notify,
                                                RunEnd end,
                                                const Patience& patience = {});

}  // namespace backstay::runtime
