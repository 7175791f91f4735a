// Reading a plan file for the verbs that take one.
#pragma once

#include <string>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"

namespace backstay::cli {

/// A plan and the very bytes that it was read from.
struct PlanFile {
  std::string name;
  std::string bytes;
  plan::Plan plan;
};

/// Errors: NotFound, BadInput, Refused (digest, schema); a policy given instead is told from a
/// plan.
[[nodiscard]] Result<PlanFile> read_plan_file(const std::string& path);

}  // namespace backstay::cli
