// A plan as a file: canonical YAML and, in its last line, the digest of all before it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "compiler/plan/plan.hpp"
#include "compiler/plan/plan_writer.hpp"
#include "lang/base/result.hpp"

namespace backstay::plan {

/// Bytes of a plan file that is read at most: one of 100,000 services has about 250 MB.
inline constexpr std::uint64_t kLargestPlan = 1ULL << 30U;

/// The bytes of a plan file, piece by piece. Returns the digest: 64 hexadecimal digits.
std::string write_yaml(const Plan& plan, const PlanSink& sink);

/// The same at once.
[[nodiscard]] std::string to_yaml(const Plan& plan);

/// SHA-256 over the canonical bytes without the digest line; 64 hexadecimal digits.
[[nodiscard]] std::string digest(const Plan& plan);

/// Reads the bytes of a plan file. Strict: unknown, missing and duplicate keys, wrong types,
/// another schema, steps that follow nothing known, and bytes that are not the canonical ones are
/// errors, with line and column. Errors: BadInput for what cannot be read; Refused where the digest
/// is not that of the content.
[[nodiscard]] Result<Plan> from_yaml(std::string_view bytes, std::string_view file_name);

}  // namespace backstay::plan
