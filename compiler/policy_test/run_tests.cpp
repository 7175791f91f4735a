#include "compiler/policy_test/run_tests.hpp"

#include <set>
#include <utility>

#include "compiler/policy_test/expectations.hpp"
#include "compiler/policy_test/test_file.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostics;

std::set<std::string> expected_codes(const TestFile& file) {
  std::set<std::string> codes;
  for (const PolicyTest& test : file.tests) {
    for (const Expectation& expectation : test.expectations) {
      if (expectation.word == "finds") {
        codes.insert(expectation.values.front().value);
      }
    }
  }
  return codes;
}

// An error of the policy that the tests ask for is theirs to judge; any other one is reported.
void report_unexpected(const Diagnostics& findings,
                       const std::set<std::string>& expected,
                       Diagnostics& diagnostics) {
  bool unexpected = false;
  for (const lang::Diagnostic& finding : findings.all()) {
    const bool asked_for = expected.contains(std::string(info(finding.kind).code));
    unexpected = unexpected || (finding.severity() == lang::Severity::Error && !asked_for);
  }
  if (unexpected) {
    for (const lang::Diagnostic& finding : findings.all()) {
      diagnostics.add(finding);
    }
  }
}

}  // namespace

Result<std::optional<std::vector<TestOutcome>>> run_tests(const std::string& file,
                                                          const CompileOptions& options,
                                                          const FileReader& read,
                                                          lang::SourceSet& sources,
                                                          Diagnostics& diagnostics) {
  const std::optional<std::vector<TestOutcome>> none;

  // 1. The tests, and the policy that they import.
  BACKSTAY_ASSIGN(std::string text, read(file));
  const auto tests = read_test_file(file, std::move(text), sources, diagnostics);
  if (!tests) {
    return none;
  }
  Diagnostics findings;
  auto analysis = analyse(tests->policy.value, options, read, sources, findings);
  if (!analysis) {
    diagnostics.add({.kind = lang::DiagnosticKind::UnknownImport,
                     .primary = tests->policy.span,
                     .message = "the policy under test cannot be read: " + analysis.error().message,
                     .help = analysis.error().hint});
    return none;
  }
  report_unexpected(findings, expected_codes(*tests), diagnostics);
  if (diagnostics.has_errors()) {
    return none;
  }

  // 2. Every expectation; names that the policy does not have are mistakes of the tests.
  const Examiner examiner(*analysis, findings, diagnostics);
  std::vector<TestOutcome> outcomes;
  for (const PolicyTest& test : tests->tests) {
    TestOutcome outcome{.name = test.name, .span = test.span, .failures = {}};
    for (const Expectation& expectation : test.expectations) {
      if (auto found = examiner.objection(expectation)) {
        outcome.failures.push_back({expectation.span, std::move(*found)});
      }
    }
    outcomes.push_back(std::move(outcome));
  }
  if (diagnostics.has_errors()) {
    return none;
  }
  return std::optional(std::move(outcomes));
}

}  // namespace backstay::compiler
