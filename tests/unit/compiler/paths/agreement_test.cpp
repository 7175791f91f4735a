// The compiler proves what a policy selects, the runtime selects it: two matchers, one meaning.
//
// They are written apart, since the runtime walks a tree by names and knows no compiler; so nothing
// but this test keeps a proof about paths true for the files that are really taken.
#include <string>
#include <vector>

#include <rapidcheck.h>

#include "compiler/paths/path_pattern.hpp"
#include "runtime/archive/selector.hpp"
#include "tests/support/catch.hpp"

namespace backstay {
namespace {

std::string join(const std::vector<std::string>& segments) {
  std::string path;
  for (const std::string& segment : segments) {
    path += "/" + segment;
  }
  return path;
}

rc::Gen<std::string> any_path(const rc::Gen<std::string>& segment) {
  return rc::gen::map(
      rc::gen::resize(5, rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(segment))),
      join);
}

rc::Gen<std::string> any_text(const std::string& letters) {
  return rc::gen::resize(
      4, rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(letters))));
}

rc::Gen<std::string> any_pattern() {
  const auto escaped = rc::gen::element<std::string>(R"(\*)", R"(a\?b)", R"(\\)", R"(a\*)");
  return any_path(rc::gen::weightedOneOf<std::string>({{4, any_text("ab.")},
                                                       {4, any_text("ab.*?")},
                                                       {2, rc::gen::just(std::string("**"))},
                                                       {1, escaped}}));
}

rc::Gen<std::string> any_file() {
  return any_path(any_text("ab.*?\\"));
}

}  // namespace

TEST_CASE("a pattern holds for the compiler what it holds for the runtime") {
  REQUIRE(rc::check([] {
    const std::string pattern = *any_pattern();
    const std::string file = *any_file();
    const runtime::Selector selector({{.pattern = pattern, .because = "x"}}, {});
    const bool proven = compiler::PathPattern::parse(pattern).value().selects(file);
    RC_ASSERT(selector.at(file).excepted == proven);
    RC_CLASSIFY(proven, "selected");
  }));
}

TEST_CASE("a pattern that is as long as the compiler allows still works when the plan runs") {
  std::vector<std::string> segments(compiler::PathPattern::max_segments - 1, "a");
  segments.emplace_back("b*");
  const std::string pattern = join(segments);
  segments.back() = "bc";
  REQUIRE(compiler::PathPattern::parse(pattern));
  const runtime::Selector selector({{.pattern = pattern, .because = "x"}}, {});
  CHECK(selector.at(join(segments)).excepted);
}

}  // namespace backstay
