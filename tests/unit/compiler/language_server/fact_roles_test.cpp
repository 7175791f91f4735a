#include "compiler/language_server/fact_roles.hpp"

#include "lang/syntax/parser.hpp"
#include "tests/support/catch.hpp"

using namespace backstay;
using namespace backstay::compiler::lsp;

namespace {

struct Line {
  lang::SourceSet sources;
  lang::Diagnostics findings;
  lang::ast::File file;

  explicit Line(std::string text)
      : file(lang::parse(sources, sources.add("a.stay", std::move(text)), findings).file) {}

  [[nodiscard]] const lang::ast::Fact& fact() const { return file.facts.front(); }

  // `-` for a literal word or nothing.
  [[nodiscard]] std::vector<std::string> types(std::string_view block) const {
    std::vector<std::string> names;
    for (const lang::ArgumentType* const type : roles_of(file, fact(), block).types) {
      names.emplace_back(type == nullptr ? "-" : type->name);
    }
    return names;
  }

  // What may follow: words as they are, types by name.
  [[nodiscard]] std::vector<std::string> next(std::string_view block, bool comma = false) const {
    std::vector<std::string> names;
    for (const NextArgument& one :
         next_arguments(file.arguments_of(fact()), block, fact().word.text, comma)) {
      names.insert(names.end(), one.words.begin(), one.words.end());
      if (one.type != nullptr) {
        names.emplace_back(one.type->name);
      }
    }
    return names;
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("each argument has the type of its place in the row", "[lsp]") {
  CHECK(Line("path /a as b optional").types("service") == Names{"PATH", "-", "NAME", "-"});
  CHECK(Line("database a, b on db").types("service") ==
        Names{"DATABASE", "DATABASE", "-", "SERVER"});
  CHECK(Line("to local keep short").types("backup") == Names{"TARGET", "-", "RETENTION"});
  CHECK(Line("every 1st sat at 10:00").types("schedule") == Names{"ORDINAL", "DAY", "-", "TIME"});
}

TEST_CASE("the row that takes the most arguments is meant", "[lsp]") {
  CHECK(Line("cover all services except a").types("backup") == Names{"-", "-", "-", "SERVICE"});
  CHECK(Line("cover a, b").types("backup") == Names{"SERVICE", "SERVICE"});
  const auto row = [](const char* text) {
    const Line line(text);
    return std::string(roles_of(line.file, line.fact(), "schedule").row->pattern);
  };
  CHECK(row("every day at 02:30") == "day at TIME,...");
  CHECK(row("every 6h") == "DURATION");
}

TEST_CASE("what fits nowhere has no type, nor what follows it", "[lsp]") {
  CHECK(Line("path 7 as b").types("service") == Names{"-", "-", "-"});
  CHECK(Line("nonsense a b").types("service") == Names{"-", "-"});
}

TEST_CASE("what may follow is what the rows that fit so far take", "[lsp]") {
  CHECK(Line("path").next("service") == Names{"PATH"});
  CHECK(Line("path /a").next("service") == Names{"as", "optional", "may-change", "may-vanish"});
  CHECK(Line("path /a optional").next("service") == Names{"as", "may-change", "may-vanish"});
  CHECK(Line("path /a as").next("service") == Names{"NAME"});
  CHECK(Line("cover").next("backup") == Names{"all", "SERVICE"});
  CHECK(Line("cover all").next("backup") == Names{"services"});
  CHECK(Line("cover all services").next("backup") == Names{"except"});
  CHECK(Line("database all").next("service") == Names{"on", "except"});
  CHECK(Line("media").next("target") == Names{"disk", "object", "tape"});
  CHECK(Line("to a").next("backup") == Names{"keep"});
}

TEST_CASE("behind a comma only the list goes on", "[lsp]") {
  CHECK(Line("needs a").next("service", true) == Names{"SERVICE"});
  CHECK(Line("path /a").next("service", true).empty());
}
