// Findings that a policy lives with, and secrets that no finding repeats.
#include <nlohmann/json.hpp>

#include "lang/base/diagnostic.hpp"
#include "lang/base/render.hpp"
#include "tests/support/catch.hpp"

namespace backstay::lang {
namespace {

Allowance until_june(const Subject& subject) {
  return {.subject = subject, .because = "ordered", .until = "2027-06-30", .span = {0, 6, 11}};
}

/// Two findings about a target and one about a secret; those about the target are allowed.
Diagnostics some_silenced() {
  Diagnostics findings;
  findings.add({.kind = DiagnosticKind::UnusedDeclaration,
                .primary = {0, 0, 5},
                .message = "nothing uses it",
                .subjects = {{"target", "spare"}}});
  findings.add({.kind = DiagnosticKind::EmptySource,
                .primary = {0, 6, 11},
                .message = "selects nothing",
                .subjects = {{"target", "spare"}}});
  findings.add({.kind = DiagnosticKind::EmptySource,
                .primary = {0, 0, 5},
                .message = "selects nothing either",
                .subjects = {{"secret", "login"}}});
  findings.silence([](const Diagnostic& finding) -> std::optional<Allowance> {
    const Subject& subject = finding.subjects.front();
    return subject.kind == "target" ? std::optional(until_june(subject)) : std::nullopt;
  });
  return findings;
}

}  // namespace

TEST_CASE("a silenced finding counts no more, and is kept with what silences it") {
  const Diagnostics findings = some_silenced();
  CHECK(findings.all().size() == 1);
  CHECK(findings.error_count() == 1);
  CHECK(findings.warning_count() == 0);
  REQUIRE(findings.silenced().size() == 2);
  CHECK(findings.silenced()[0].finding.message == "nothing uses it");
  CHECK(findings.silenced()[0].by.subject == Subject{"target", "spare"});
}

TEST_CASE("findings that say nothing of their subject get that of the pass") {
  Diagnostics findings;
  findings.set_subjects({{"service", "nova"}});
  findings.add({.kind = DiagnosticKind::EmptySource, .primary = {}, .message = "one"});
  findings.add({.kind = DiagnosticKind::EmptySource,
                .primary = {},
                .message = "two",
                .subjects = {{"target", "local"}}});
  findings.set_subjects({});
  findings.add({.kind = DiagnosticKind::EmptySource, .primary = {}, .message = "three"});
  CHECK(findings.all()[0].subjects == std::vector<Subject>{{"service", "nova"}});
  CHECK(findings.all()[1].subjects == std::vector<Subject>{{"target", "local"}});
  CHECK(findings.all()[2].subjects.empty());
}

TEST_CASE("what is silenced is shown in a line each, with reason and last day") {
  SourceSet sources;
  sources.add("policy.stay", "first\nother\n");
  CHECK(render_silenced(some_silenced(), sources, {}) ==
        "allowed until 2027-06-30: BST0309 on target spare: nothing uses it (policy.stay:1): "
        "ordered\n"
        "allowed until 2027-06-30: BST0301 on target spare: selects nothing (policy.stay:2): "
        "ordered\n");
  const auto document = nlohmann::json::parse(render_json(some_silenced(), sources));
  REQUIRE(document["silenced"].size() == 2);
  CHECK(document["silenced"][1]["code"] == "BST0301");
  CHECK(document["silenced"][1]["subject"] == "target spare");
  CHECK(document["silenced"][1]["until"] == "2027-06-30");
  CHECK(document["silenced"][1]["primary"]["line"] == 2);
  CHECK(document["findings"].size() == 1);
}

TEST_CASE("the excerpt of a finding about a secret does not repeat it") {
  SourceSet sources;
  sources.add("policy.stay", "login \"hunter2\"  # for dumps\n");
  for (const DiagnosticKind kind :
       {DiagnosticKind::SecretInArguments, DiagnosticKind::SecretInText,
        DiagnosticKind::SecretLiteral, DiagnosticKind::PrivateKeyInPolicy}) {
    const std::string text =
        render({.kind = kind, .primary = {0, 6, 15}, .message = "a secret"}, sources, {});
    CHECK(text.find("hunter2") == std::string::npos);
    CHECK(text.find("login *********  # for dumps") != std::string::npos);
  }
  const Diagnostic other{
      .kind = DiagnosticKind::WrongType, .primary = {0, 6, 15}, .message = "no secret"};
  CHECK(render(other, sources, {}).find("hunter2") != std::string::npos);
}

}  // namespace backstay::lang
