// Plan ↔ canonical YAML. The one place of this floor that knows yaml-cpp.
#pragma once

#include <string>
#include <string_view>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"

namespace backstay::plan {

/// The canonical bytes, digest line included. Every string is quoted, keys are in one fixed order.
[[nodiscard]] std::string to_yaml(const Plan& plan);

/// SHA-256 over the canonical bytes without the digest line; 64 hexadecimal digits.
[[nodiscard]] std::string digest(const Plan& plan);

/// Reads the bytes of a plan file. Strict: unknown, missing and duplicate keys, wrong types,
/// another schema, steps that follow nothing known, and bytes that are not the canonical ones are
/// errors, with line and column. Errors: BadInput for what cannot be read; Refused where the digest
/// is not that of the content.
[[nodiscard]] Result<Plan> from_yaml(std::string_view bytes, std::string_view file_name);

}  // namespace backstay::plan
