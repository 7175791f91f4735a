#include "lang/base/diagnostic.hpp"

#include <algorithm>
#include <set>

#include "lang/base/render.hpp"
#include "tests/support/catch.hpp"

using namespace backstay::lang;

TEST_CASE("every kind has a code of its own, in ascending order", "[diagnostic]") {
  std::string_view previous;
  for (const DiagnosticKind kind : all_diagnostic_kinds()) {
    const DiagnosticInfo& facts = info(kind);
    INFO(facts.name);
    CHECK(facts.code.size() == 7);
    CHECK(facts.code.starts_with("BST0"));
    CHECK(std::all_of(facts.code.begin() + 3, facts.code.end(),
                      [](char c) { return c >= '0' && c <= '9'; }));
    CHECK(facts.code > previous);
    CHECK_FALSE(facts.summary.empty());
    CHECK(facts.summary.back() != '.');
    previous = facts.code;
  }
}

TEST_CASE("a finding equal in kind, place and message is kept once", "[diagnostic]") {
  Diagnostics findings;
  findings.add({DiagnosticKind::BadName, {0, 1, 2}, "x"});
  findings.add({DiagnosticKind::BadName, {0, 1, 2}, "x"});
  findings.add({DiagnosticKind::BadName, {0, 1, 2}, "y"});
  findings.add({DiagnosticKind::BadName, {0, 1, 3}, "x"});
  findings.add({DiagnosticKind::BadPath, {0, 1, 2}, "x"});
  CHECK(findings.all().size() == 4);
}

TEST_CASE("findings are sorted by file, place and code, and counted by severity", "[diagnostic]") {
  Diagnostics findings;
  findings.add({DiagnosticKind::UnusedDeclaration, {1, 0, 1}, "c"});
  findings.add({DiagnosticKind::BadName, {0, 5, 6}, "b"});
  findings.add({DiagnosticKind::BadPath, {0, 5, 6}, "a"});
  findings.add({DiagnosticKind::BadPath, {0, 1, 2}, "first"});
  std::string order;
  for (const Diagnostic& finding : findings.sorted()) {
    order += finding.message + " ";
  }
  CHECK(order == "first a b c ");
  CHECK(findings.error_count() == 3);
  CHECK(findings.warning_count() == 1);
  CHECK(findings.has_errors());
}

TEST_CASE("of errors and of warnings the first thousand are kept, the others counted",
          "[diagnostic]") {
  SourceSet sources;
  const FileId file = sources.add("x.stay", std::string(5'000, 'x'));
  Diagnostics findings;
  for (std::uint32_t at = 0; at < 3'000; ++at) {
    findings.add({DiagnosticKind::UnreachableExcept, {file, at, at + 1}, "warning"});
  }
  findings.add({DiagnosticKind::UnexpectedText, {file, 0, 1}, "error"});
  CHECK(findings.all().size() == 1'001);
  CHECK(findings.error_count() == 1);
  CHECK(findings.warning_count() == 3'000);
  CHECK(findings.not_kept() == 2'000);
  CHECK(render_all(findings, sources, {})
            .ends_with("1 error, 3000 warnings; 2000 of these are not shown\n"));
}
