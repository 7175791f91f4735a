#include "compiler/check/allows.hpp"

#include <string>

#include "compiler/calendar/date.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/compiler/check/model_builder.hpp"

namespace backstay::compiler::testing {
namespace {

using lang::Diagnostic;
using lang::Diagnostics;
using Kind = lang::DiagnosticKind;

Allow& allow(ModelBuilder& model,
             const std::string& code,
             const std::string& kind,
             const std::string& name) {
  Allow& added = model.policy.allows.emplace_back();
  added.code = model.text(code);
  added.kind = model.text(kind);
  added.name = model.text(name);
  added.because = model.text("agreed in the review of May");
  added.until = model.text("2027-06-30");
  added.span = model.span();
  return added;
}

/// A finding of a kind about `service` `name`.
Diagnostic finding(ModelBuilder& model, Kind kind, const std::string& name) {
  Diagnostic made{.kind = kind, .primary = model.span(), .message = "about " + name};
  made.subjects = {{"service", name}};
  return made;
}

Kinds kinds_after(const ModelBuilder& model,
                  Diagnostics& diagnostics,
                  const char* today = nullptr) {
  apply_allows(model.policy, {}, today == nullptr ? std::nullopt : parse_date(today), diagnostics);
  Kinds kinds;
  for (const Diagnostic& one : diagnostics.all()) {
    kinds.push_back(one.kind);
  }
  return kinds;
}

}  // namespace

TEST_CASE("an allow silences the finding of its code that is about its declaration, and no other") {
  ModelBuilder model;
  model.service("a");
  model.service("b");
  allow(model, "BST0308", "service", "a");
  Diagnostics diagnostics;
  diagnostics.add(finding(model, Kind::UncoveredService, "a"));
  diagnostics.add(finding(model, Kind::UncoveredService, "b"));
  diagnostics.add(finding(model, Kind::EmptySource, "a"));
  CHECK(kinds_after(model, diagnostics) == Kinds{Kind::UncoveredService, Kind::EmptySource});
  CHECK(diagnostics.error_count() == 2);
  REQUIRE(diagnostics.silenced().size() == 1);
  CHECK(diagnostics.silenced()[0].finding.message == "about a");
  CHECK(diagnostics.silenced()[0].by.until == "2027-06-30");
}

TEST_CASE("an allow that silences nothing says what there is instead") {
  ModelBuilder model;
  model.service("a");
  model.service("b");
  allow(model, "BST0308", "service", "a");
  Diagnostics diagnostics;
  diagnostics.add(finding(model, Kind::UncoveredService, "b"));
  CHECK(kinds_after(model, diagnostics) == Kinds{Kind::UncoveredService, Kind::AllowUnused});
  CHECK(diagnostics.all()[1].help.find("service `b`") != std::string::npos);
}

TEST_CASE("an allow of something that is not declared is told with the nearest name") {
  ModelBuilder model;
  model.service("keystone");
  allow(model, "BST0308", "service", "keystne");
  Diagnostics diagnostics;
  CHECK(kinds_after(model, diagnostics) == Kinds{Kind::AllowUnused});
  CHECK(diagnostics.all()[0].help.find("did you mean `keystone`?") != std::string::npos);
}

TEST_CASE("an allow holds on its last day and is over on the next, and silences no more") {
  ModelBuilder model;
  model.service("a");
  allow(model, "BST0308", "service", "a");
  Diagnostics before;
  before.add(finding(model, Kind::UncoveredService, "a"));
  Diagnostics after = before;
  Diagnostics unknown = before;
  CHECK(kinds_after(model, before, "2027-06-30").empty());
  CHECK(kinds_after(model, after, "2027-07-01") ==
        Kinds{Kind::UncoveredService, Kind::AllowExpired});
  CHECK(kinds_after(model, unknown).empty());
}

TEST_CASE("what a policy cannot live with is not allowed") {
  for (const std::string code :
       {"BST0001", "BST0130", "BST0202", "BST0701", "BST0401", "BST0907", "BST0999", "BST0399"}) {
    ModelBuilder model;
    model.service("a");
    allow(model, code, "service", "a");
    Diagnostics diagnostics;
    INFO(code);
    CHECK(kinds_after(model, diagnostics) == Kinds{Kind::AllowRefused});
  }
}

TEST_CASE("a promise is waived only beside it") {
  ModelBuilder model;
  model.service("a");
  allow(model, "BST0801", "service", "a");
  Requirement& requirement = model.policy.requirements.emplace_back();
  requirement.span = {1, 0, 1};
  Diagnostics diagnostics;
  diagnostics.add(finding(model, Kind::RpoBroken, "a"));
  Diagnostics beside = diagnostics;
  CHECK(kinds_after(model, diagnostics) == Kinds{Kind::RpoBroken, Kind::AllowRefused});
  model.policy.requirements[0].span = model.span();
  CHECK(kinds_after(model, beside).empty());
}

TEST_CASE("an allow without a reason is told, and silences all the same") {
  ModelBuilder model;
  model.service("a");
  allow(model, "BST0308", "service", "a").because = model.text(" ");
  Diagnostics diagnostics;
  diagnostics.add(finding(model, Kind::UncoveredService, "a"));
  CHECK(kinds_after(model, diagnostics) == Kinds{Kind::MissingBecause});
}

}  // namespace backstay::compiler::testing
