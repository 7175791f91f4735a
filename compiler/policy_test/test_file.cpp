#include "compiler/policy_test/test_file.hpp"

#include <utility>

#include <fmt/format.h>

#include "compiler/load/file_head.hpp"
#include "compiler/load/import_path.hpp"
#include "lang/syntax/parser.hpp"
#include "lang/syntax/signatures.hpp"

namespace backstay::compiler {
namespace {

using lang::DiagnosticKind;
namespace ast = lang::ast;

std::optional<std::string_view> no_parameter(std::string_view /*name*/) {
  return std::nullopt;
}

/// Reads the declarations of one file.
class Reader {
 public:
  Reader(const LoadedFile& file, lang::Diagnostics& diagnostics)
      : file_(file), diagnostics_(diagnostics) {}

  TestFile read() {
    for (const ast::Fact& fact : file_.tree.facts) {
      const auto matched = match(file_.tree, fact, "file", no_parameter, diagnostics_);
      if (!matched || fact.word.text == "language") {
        continue;
      }
      if (fact.word.text == "import") {
        read_import(fact, *matched);
      } else if (fact.word.text == "test") {
        read_test(fact, *matched);
      } else {
        refuse(fact);
      }
    }
    if (result_.policy.value.empty() && !diagnostics_.has_errors()) {
      diagnostics_.add({.kind = DiagnosticKind::MisplacedHead,
                        .primary = file_.tree.facts.front().span,
                        .message = "the tests do not import the policy that they test",
                        .help = "write `import \"./NAME.stay\"` below `language`"});
    }
    return std::move(result_);
  }

 private:
  void refuse(const ast::Fact& fact) {
    diagnostics_.add(
        {.kind = DiagnosticKind::MisplacedFact,
         .primary = fact.word.span,
         .message = fmt::format("`{}` stands in a file of tests", fact.word.text),
         .help = "a file of tests holds `language`, one `import` and `test` blocks; move it to the "
                 "policy"});
  }

  void read_import(const ast::Fact& fact, const lang::MatchedFact& matched) {
    if (!result_.policy.value.empty()) {
      diagnostics_.add({.kind = DiagnosticKind::DuplicateFact,
                        .primary = fact.span,
                        .message = "the tests import a second policy",
                        .labels = {{result_.policy.span, "this one is tested"}},
                        .help = "write a file of tests for each policy"});
      return;
    }
    const ast::Argument& what = matched.values().front();
    const bool library = what.kind == ast::ArgumentKind::Word;
    const auto path = library ? std::nullopt : import_path("", what.text);
    if (!path) {
      diagnostics_.add({.kind = DiagnosticKind::ImportOutside,
                        .primary = what.span,
                        .message = library ? "a library is no policy to test"
                                           : "the import leads out of the folder of the tests",
                        .help = "import the policy beside: `import \"./NAME.stay\"`"});
      return;
    }
    result_.policy = {below_root(folder_of(file_.name), *path), what.span};
  }

  void read_test(const ast::Fact& fact, const lang::MatchedFact& matched) {
    const ast::Argument& name = matched.values().front();
    PolicyTest test{.name = std::string(name.text), .span = name.span, .expectations = {}};
    for (const ast::Fact& expected : fact.facts) {
      const auto inner = match(file_.tree, expected, "test", no_parameter, diagnostics_);
      if (!inner) {
        continue;
      }
      Expectation expectation{
          .span = expected.span, .word = std::string(expected.word.text), .values = {}};
      append(expectation, inner->values());
      if (const lang::Clause* because = inner->clause("because-of")) {
        append(expectation, because->values);
      }
      test.expectations.push_back(std::move(expectation));
    }
    if (fact.facts.empty()) {
      diagnostics_.add({.kind = DiagnosticKind::MissingFact,
                        .primary = name.span,
                        .message = fmt::format("test \"{}\" expects nothing", name.text),
                        .help = "write what the policy must do, such as `selects /etc/nova`"});
    }
    result_.tests.push_back(std::move(test));
  }

  static void append(Expectation& expectation, const std::vector<ast::Argument>& values) {
    for (const ast::Argument& value : values) {
      expectation.values.push_back({std::string(value.text), value.span});
    }
  }

  const LoadedFile& file_;
  lang::Diagnostics& diagnostics_;
  TestFile result_;
};

}  // namespace

std::optional<TestFile> read_test_file(const std::string& name,
                                       std::string text,
                                       lang::SourceSet& sources,
                                       lang::Diagnostics& diagnostics) {
  LoadedFile file;
  file.name = name;
  file.entry = true;
  file.test = true;
  file.tree = lang::parse(sources, sources.add(name, std::move(text)), diagnostics).file;
  check_file_head(file, !diagnostics.has_errors(), diagnostics);
  if (diagnostics.has_errors()) {
    return std::nullopt;
  }
  TestFile read = Reader(file, diagnostics).read();
  return diagnostics.has_errors() ? std::nullopt : std::optional(std::move(read));
}

}  // namespace backstay::compiler
