#include "lang/format/formatter.hpp"

#include <rapidcheck.h>

#include "lang/syntax/dump.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/parsing.hpp"

using namespace backstay::lang;
using backstay::test::all_samples;
using backstay::test::ParsedText;

namespace {

std::optional<std::string> formatted(std::string_view text) {
  SourceSet sources;
  Diagnostics findings;
  const FileId id = sources.add("x.stay", std::string(text));
  return format(sources, id, findings);
}

// Without blanks at their ends, which the formatter takes off.
std::string comments_of(const ParsedText& parsed) {
  std::string texts;
  for (const auto& [offset, comment] : parsed.parsed.comments) {
    const std::string_view text = parsed.sources.text(comment.span);
    texts += std::string(text.substr(0, text.find_last_not_of(" \t") + 1)) + "\n";
  }
  return texts;
}

// What holds for the formatted text of any text without syntax errors.
void check_formatted(std::string_view text) {
  const ParsedText before(text);
  if (before.findings.has_errors()) {
    REQUIRE_FALSE(formatted(text));
    return;
  }
  const auto once = formatted(text);
  REQUIRE(once);
  const ParsedText after(*once);
  REQUIRE(dump(after.parsed.file) == dump(before.parsed.file));
  REQUIRE(after.parsed.comments.size() == before.parsed.comments.size());
  REQUIRE(formatted(*once) == once);
  REQUIRE((once->empty() || once->back() == '\n'));
  REQUIRE_FALSE(once->ends_with("\n\n"));
  REQUIRE(once->find("\n\n\n") == std::string::npos);
  REQUIRE(once->find(" \n") == std::string::npos);
}

// Places where a token begins or ends, outside of strings and comments.
std::vector<std::size_t> token_boundaries(std::string_view text) {
  std::vector<std::size_t> places;
  bool in_string = false;
  bool in_comment = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\n') {
      in_string = in_comment = false;
    }
    const bool mark = std::string_view(" \n,;{}[]").find(c) != std::string_view::npos;
    const bool after_mark =
        at > 0 && std::string_view(" \n,;{}[]").find(text[at - 1]) != std::string_view::npos;
    if (!in_string && !in_comment && (mark || after_mark)) {
      places.push_back(at);
    }
    if (in_string && c == '\\') {
      ++at;
    } else if (!in_comment && c == '"') {
      in_string = !in_string;
    } else if (!in_string && c == '#') {
      in_comment = true;
    }
  }
  return places;
}

}  // namespace

TEST_CASE("formatting keeps tree and comments of every sample, and is idempotent",
          "[format][samples]") {
  for (const auto& sample : all_samples()) {
    INFO(sample.name);
    check_formatted(sample.text);
  }
}

TEST_CASE("policies of the project are in canonical form", "[format][samples]") {
  for (const auto& sample : all_samples()) {
    if (sample.name.starts_with("stdlib/") || sample.name.starts_with("examples/")) {
      INFO(sample.name);
      CHECK(formatted(sample.text) == sample.text);
    }
  }
}

TEST_CASE("a comment at any boundary of tokens stays", "[format][samples]") {
  std::size_t legal = 0;
  for (const auto& sample : all_samples()) {
    INFO(sample.name);
    const ParsedText original(sample.text);
    if (original.findings.has_errors()) {
      continue;
    }
    const std::string tree = dump(original.parsed.file);
    for (const std::size_t place : token_boundaries(sample.text)) {
      std::string text = sample.text;
      text.insert(place, " # injected at " + std::to_string(place) + "\n");
      const ParsedText injected(text);
      if (injected.findings.has_errors() || dump(injected.parsed.file) != tree) {
        continue;  // a fact ends at a newline: no comment can stand here
      }
      ++legal;
      const auto once = formatted(text);
      REQUIRE(once);
      const ParsedText result(*once);
      REQUIRE(comments_of(result) == comments_of(injected));
      REQUIRE(formatted(*once) == once);
    }
  }
  CHECK(legal > 500);
}

TEST_CASE("a file with syntax errors is left alone", "[format]") {
  SourceSet sources;
  Diagnostics findings;
  const FileId id = sources.add("x.stay", "host a { at 1.2.3.4 }\n");
  CHECK_FALSE(format(sources, id, findings));
  CHECK(findings.error_count() == 1);
}

TEST_CASE("a text that would grow over 1 MiB is left alone", "[format]") {
  std::string text = "a {";
  while (text.size() < (std::size_t{1} << 20U) - 10) {
    text += "b;";
  }
  SourceSet sources;
  Diagnostics findings;
  const FileId id = sources.add("x.stay", text + "}");
  CHECK_FALSE(format(sources, id, findings));
  REQUIRE(findings.all().size() == 1);
  CHECK(findings.all()[0].kind == DiagnosticKind::FileTooLarge);
}

TEST_CASE("facts are never reordered and never aligned", "[format]") {
  CHECK(formatted("zone   UTC\nlanguage     1\npolicy x\n") == "zone UTC\nlanguage 1\npolicy x\n");
}

TEST_CASE("a line of a hundred columns stays, a longer list is broken after a comma", "[format]") {
  const std::string first(40, 'a');
  const std::string fits(100 - 6 - 40 - 2, 'b');
  CHECK(formatted("needs " + first + ", " + fits + "\n") == "needs " + first + ", " + fits + "\n");
  CHECK(formatted("needs " + first + ", " + fits + "c\n") ==
        "needs " + first + ",\n    " + fits + "c\n");
}

TEST_CASE("any text without syntax errors is formatted soundly", "[format]") {
  CHECK(rc::check([] {
    const auto words = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
        "a", "path", " ", " ", " ", "\n", "\n", ",", ", ", ";", " {", "{\n", "}\n", "} ",
        "[\"x\", \"y\"]", "\"q\"", "/etc//x/", " # c\n", "# own\n", "## d\n", "26h", "\n\n\n",
        "host a { at b }\n", "needs a,\n b\n", "\"\\u{e9}\"", "[", "]"));
    std::string text;
    for (const std::string& word : words) {
      text += word;
    }
    check_formatted(text);
  }));
}
