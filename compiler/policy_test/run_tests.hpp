// Runs policy tests against a compiled policy, without touching any host (language.md, section 7).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/compile.hpp"
#include "compiler/model/policy.hpp"

namespace backstay::compiler {

/// An expectation that the policy does not meet.
struct TestFailure {
  Span span;          ///< of the expectation
  std::string found;  ///< what is so instead
};

struct TestOutcome {
  std::string name;
  Span span;  ///< of the name
  std::vector<TestFailure> failures;

  [[nodiscard]] bool passed() const { return failures.empty(); }
};

/// Runs one file of tests. Findings of the file go to `diagnostics`; those of the policy only where
/// it has an error that no `finds` of the file expects. Nothing where there is an error.
/// Errors of the world: the file of tests is unreadable.
[[nodiscard]] Result<std::optional<std::vector<TestOutcome>>> run_tests(
    const std::string& file,
    const CompileOptions& options,
    const FileReader& read,
    lang::SourceSet& sources,
    lang::Diagnostics& diagnostics);

}  // namespace backstay::compiler
