// --host of the verbs that show a plan.
#pragma once

#include <string>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"

namespace backstay::cli {

/// Whether the plan has the host that is asked for; an empty name asks for all. A plan without a
/// step on a host that it does not know would look like one that does nothing there. Errors: Usage.
[[nodiscard]] Result<void> check_host(const plan::Plan& plan, const std::string& host);

}  // namespace backstay::cli
