#include "lang/syntax/comments.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/parsing.hpp"

using namespace backstay::lang;
using backstay::test::ParsedText;

TEST_CASE("each comment is in the table once, with its place", "[comments]") {
  const ParsedText parsed(
      "# one\na b, # two\n  c # three\n## four\ncheck [\"x\" # five\n , \"y\"]\n\"#\" # six");
  std::string texts;
  for (const auto& [offset, comment] : parsed.parsed.comments) {
    CHECK(comment.span.begin == offset);
    texts += std::string(parsed.sources.text(comment.span)) + (comment.own_line ? "! " : " ");
  }
  CHECK(texts == "# one! # two # three ## four! # five # six ");
}

TEST_CASE("documentation is the double-hash lines directly above", "[comments]") {
  const ParsedText parsed(
      "## far\n\n# not this\n## First.\n##   Second.\nprofile nova {\n}\nnext x ## behind\nlast "
      "y\n");
  const auto& file = parsed.sources.file(parsed.id);
  const auto documentation = [&](std::size_t fact) {
    return documentation_above(parsed.parsed.comments, file,
                               parsed.parsed.file.facts.at(fact).span.begin);
  };
  CHECK(documentation(0) == "First.\n  Second.");
  CHECK(documentation(1).empty());
  CHECK(documentation(2).empty());
}
