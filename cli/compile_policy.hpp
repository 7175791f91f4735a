// Compiling for the verbs that read source: check, explain, graph, plan.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cli/session.hpp"
#include "compiler/compile.hpp"

namespace backstay::cli {

/// A compilation with everything that is needed to show its findings.
struct Compilation {
  lang::SourceSet sources;
  lang::Diagnostics diagnostics;
  std::optional<plan::Plan> plan;
};

/// Reads and compiles `file`. Errors of the world are the Result's; findings are in the value.
/// now  the day that proofs and `allow` look from; nothing: the edition's for proofs, and this
///      day for `allow`
[[nodiscard]] Result<Compilation> compile_file(
    const std::string& file,
    const std::vector<std::string>& settings,
    std::optional<std::chrono::local_days> now = std::nullopt,
    bool want_plan = true);

/// The same with the checked model beside the plan.
struct PolicyAnalysis {
  lang::SourceSet sources;
  lang::Diagnostics diagnostics;
  compiler::Analysis analysis;
};

/// As compile_file(), for the verbs that look into the model.
[[nodiscard]] Result<PolicyAnalysis> analyse_file(const std::string& file,
                                                  const std::vector<std::string>& settings);

}  // namespace backstay::cli
