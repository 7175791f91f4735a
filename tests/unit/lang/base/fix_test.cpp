#include "lang/base/fix.hpp"

#include "tests/support/catch.hpp"

using namespace backstay::lang;

namespace {

struct Sample {
  SourceSet sources;
  FileId file = 0;

  explicit Sample(std::string text) : file(sources.add("a.stay", std::move(text))) {}

  [[nodiscard]] Span span(std::string_view of) const {
    const auto begin = static_cast<std::uint32_t>(sources.file(file).text().find(of));
    return {file, begin, begin + static_cast<std::uint32_t>(of.size())};
  }

  // The text with the one edit of a fix carried out.
  [[nodiscard]] std::string after(const Fix& fix) const {
    REQUIRE(fix.edits.size() == 1);
    const Edit edit = exact(fix.edits.front(), sources);
    CHECK_FALSE(edit.lines);
    std::string text(sources.file(file).text());
    return text.replace(edit.span.begin, edit.span.end - edit.span.begin, edit.text);
  }
};

}  // namespace

TEST_CASE("a fix replaces a token or adds behind it", "[fix]") {
  const Sample sample("path /a b\n");
  CHECK(sample.after(replace(sample.span("/a"), "/c")) == "path /c b\n");
  CHECK(sample.after(insert_after(sample.span("/a"), ", /c")) == "path /a, /c b\n");
  CHECK(replace(sample.span("/a"), "/c").title == "replace with `/c`");
  CHECK(insert_after(sample.span("/a"), " with hooks").title == "add `with hooks`");
}

TEST_CASE("a fact goes with its line, blanks in front included", "[fix]") {
  const Sample sample("service a {\n    keep /a\n    path /b\n}\n");
  CHECK(sample.after(remove_lines(sample.span("keep /a"))) == "service a {\n    path /b\n}\n");
}

TEST_CASE("a fact leaves alone what else stands on its line", "[fix]") {
  const Sample commented("keep /a  # why\n");
  CHECK(commented.after(remove_lines(commented.span("keep /a"))) == "  # why\n");
  const Sample short_block("service a { keep /a; path /b }");
  CHECK(short_block.after(remove_lines(short_block.span("keep /a"))) == "service a { ; path /b }");
}

TEST_CASE("a fact over several lines goes with all of them", "[fix]") {
  const Sample sample("units a,\n    b\npath /c");
  CHECK(sample.after(remove_lines(sample.span("units a,\n    b"))) == "path /c");
  CHECK(sample.after(remove_lines(sample.span("path /c"))) == "units a,\n    b\n");
}

TEST_CASE("a line comes below the one of its place, also at the end of a file without newline",
          "[fix]") {
  const Sample sample("language 1  # edition\npolicy a");
  CHECK(sample.after(insert_line_below(sample.span("language"), "import x")) ==
        "language 1  # edition\nimport x\npolicy a");
  CHECK(sample.after(insert_line_below(sample.span("policy a"), "import x")) ==
        "language 1  # edition\npolicy a\nimport x");
}

TEST_CASE("a near name becomes help and fix of a finding, a far one neither", "[fix]") {
  const Sample sample("needs keystne\n");
  Diagnostic finding{DiagnosticKind::UnknownReference, sample.span("keystne"), "m"};
  CHECK(suggest(finding, "keystne", {"glance", "keystone"}));
  CHECK(finding.help == "did you mean `keystone`?");
  REQUIRE(finding.fixes.size() == 1);
  CHECK(sample.after(finding.fixes.front()) == "needs keystone\n");

  Diagnostic far{DiagnosticKind::UnknownReference, sample.span("keystne"), "m", {}, {}, {}, "h"};
  CHECK_FALSE(suggest(far, "keystne", {"glance"}));
  CHECK(far.help == "h");
  CHECK(far.fixes.empty());
}
