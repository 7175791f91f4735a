// What `backstay explain` tells, for machines: docs/schemas/explanation.schema.json.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/explain/explain_path.hpp"
#include "compiler/explain/explain_schedule.hpp"
#include "compiler/explain/explain_step.hpp"
#include "lang/base/diagnostic.hpp"

namespace backstay::cli {

/// All codes, or one with its page (Markdown). Each a document with a newline at its end.
[[nodiscard]] std::string codes_as_json();
[[nodiscard]] std::string code_as_json(const lang::DiagnosticInfo& kind, std::string_view page);

[[nodiscard]] std::string path_as_json(const compiler::PathVerdict& verdict,
                                       const lang::SourceSet& sources);
[[nodiscard]] std::string steps_as_json(const std::vector<compiler::FoundStep>& steps);

/// Errors: those of compiler::explain_schedule().
[[nodiscard]] Result<std::string> schedule_as_json(const compiler::Policy& policy,
                                                   const compiler::Schedule& schedule,
                                                   std::chrono::local_days from,
                                                   const lang::SourceSet& sources);

}  // namespace backstay::cli
