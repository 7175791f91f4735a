#include <rapidcheck.h>

#include "lang/base/render.hpp"
#include "lang/syntax/dump.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/parsing.hpp"

using namespace backstay::lang;
using backstay::test::all_samples;
using backstay::test::ParsedText;
using backstay::test::summary;

namespace {

std::string tree_of(std::string_view text) {
  const ParsedText parsed(text);
  CHECK(summary(parsed.findings, parsed.sources).empty());
  return dump(parsed.parsed.file);
}

std::string mistakes_of(std::string_view text) {
  const ParsedText parsed(text);
  return summary(parsed.findings, parsed.sources);
}

// Everything that the tree promises about its spans.
void check_spans(const ast::File& file, const std::vector<ast::Fact>& facts, std::size_t size) {
  for (const ast::Fact& fact : facts) {
    REQUIRE(fact.span.begin <= fact.span.end);
    REQUIRE(fact.span.end <= size);
    REQUIRE(fact.block.end <= size);
    REQUIRE(fact.first_argument + fact.argument_count <= file.arguments.size());
    for (const ast::Argument& argument : file.arguments_of(fact)) {
      REQUIRE(argument.span.begin < argument.span.end);
      REQUIRE(argument.span.end <= fact.span.end);
      REQUIRE(argument.first_item + argument.item_count <= file.items.size());
    }
    check_spans(file, fact.facts, size);
  }
}

void parse_anything(std::string_view text) {
  const ParsedText parsed(text);
  check_spans(parsed.parsed.file, parsed.parsed.file.facts, text.size());
  for (const Diagnostic& finding : parsed.findings.all()) {
    REQUIRE(finding.primary.begin <= finding.primary.end);
    REQUIRE(finding.primary.end <= text.size());
  }
  REQUIRE(render_all(parsed.findings, parsed.sources, {}).size() <
          2000 * (parsed.findings.all().size() + 1));
}

}  // namespace

TEST_CASE("spans are those of the text as written", "[parser]") {
  const ParsedText parsed("host a { # c\n    path //etc/ \"a\\nb\" [\"x\"]\n}\n");
  const ast::File& file = parsed.parsed.file;
  REQUIRE(file.facts.size() == 1);
  const ast::Fact& host = file.facts[0];
  CHECK(parsed.sources.text(host.span) == "host a");
  CHECK(parsed.sources.text(host.block).starts_with("{ # c"));
  CHECK(parsed.sources.text(host.block).ends_with("}"));
  const auto arguments = file.arguments_of(host.facts.at(0));
  REQUIRE(arguments.size() == 3);
  CHECK(parsed.sources.text(arguments[0].span) == "//etc/");
  CHECK(arguments[0].text == "/etc");
  CHECK(parsed.sources.text(arguments[1].span) == "\"a\\nb\"");
  CHECK(arguments[1].text == "a\nb");
  CHECK(parsed.sources.text(arguments[2].span) == "[\"x\"]");
  CHECK(file.items_of(arguments[2])[0].text == "x");
}

TEST_CASE("a line whose last token is a comma goes on", "[parser]") {
  CHECK(tree_of("needs a,\n\n  # between\n  b , c\nnext d\n") ==
        "needs word(a) , word(b) , word(c)\nnext word(d)\n");
}

TEST_CASE("a block on one line is the block on several lines", "[parser]") {
  CHECK(tree_of("host a { at dc1; address \"x\" }") ==
        tree_of("host a {\n    at dc1\n    address \"x\"\n}\n"));
}

TEST_CASE("a quoted path is a path, and keeps what was written for those who want a text",
          "[parser]") {
  const ParsedText parsed("because \"//a b/../c\\\\*\\*\"\n");
  const auto argument = parsed.parsed.file.arguments_of(parsed.parsed.file.facts[0])[0];
  CHECK(argument.kind == ast::ArgumentKind::Path);
  CHECK(argument.quoted);
  CHECK(argument.written == "//a b/../c\\**");
  CHECK(argument.text == "//a b/../c\\\\*\\*");
  CHECK(ast::literal_path("/a\\*b\\\\c\\?") == "/a*b\\c?");
}

TEST_CASE("one run reports every mistake at its line and column", "[parser]") {
  CHECK(mistakes_of("path 26hours\nhost a { at 10.0.0.1; b $ }\n}\npath \"x\n") ==
        "1:6 BST0005 `26hours` is no number, duration, size, date or time\n"
        "2:13 BST0005 `10.0.0.1` is no number, duration, size, date or time\n"
        "2:25 BST0001 expected an argument, found `$`\n"
        "3:1 BST0007 `}` closes no block\n"
        "4:6 BST0002 the string is not closed on its line\n");
}

TEST_CASE("columns count code points", "[parser]") {
  CHECK(mistakes_of("because \"äöü日\" $\n") == "1:16 BST0001 expected an argument, found `$`\n");
}

TEST_CASE("a token with a forbidden character has one finding", "[parser]") {
  CHECK(mistakes_of("path na\u202eme\n") ==
        "1:8 BST0004 a character that changes the direction of writing\n");
}

TEST_CASE("files up to 1 MiB are read", "[parser]") {
  std::string text(std::size_t{1} << 20U, '\n');
  CHECK(mistakes_of(text).empty());
  text += '\n';
  CHECK(mistakes_of(text) == "1:1 BST0010 the file holds 1048577 bytes; at most 1 MiB is read\n");
}

TEST_CASE("hostile nesting is a finding and no crash", "[parser]") {
  std::string text;
  for (int i = 0; i < 200000; ++i) {
    text += "a{";
  }
  const ParsedText parsed(text);
  CHECK(parsed.findings.error_count() == 17);  // one block too deep, sixteen not closed
  std::string braces(300000, '{');
  CHECK_FALSE(mistakes_of(braces).empty());
}

TEST_CASE("many mistakes in one line take no quadratic time", "[parser]") {
  std::string text;
  for (int i = 0; i < 100000; ++i) {
    text += "$ ";
  }
  CHECK(ParsedText(text).findings.error_count() == 100000);
}

TEST_CASE("invalid UTF-8 of every kind is found", "[parser]") {
  for (const char* bytes :
       {"\x80", "\xc0\x80", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xe2\x82"}) {
    const std::string found = mistakes_of(std::string("a ") + bytes);
    CHECK(found.starts_with("1:3 BST0012 "));
  }
  CHECK(mistakes_of("a \"\xf4\x8f\xbf\xbf \xed\x9f\xbf \xee\x80\x80\"\n").empty());
}

TEST_CASE("every prefix of every sample is parsed without a crash", "[parser][samples]") {
  const auto samples = all_samples();
  REQUIRE(samples.size() > 10);
  for (const auto& sample : samples) {
    INFO(sample.name);
    for (std::size_t size = 0; size <= sample.text.size(); ++size) {
      parse_anything(std::string_view(sample.text).substr(0, size));
    }
  }
}

TEST_CASE("any text is parsed without a crash", "[parser]") {
  CHECK(rc::check([] {
    const auto words = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
        "a", "path", " ", " ", "\n", ",", ";", "{", "}", "[", "]", "\"", "\\", "/", "/etc", "..",
        "#", "26h", "7", "-", "->", "=", "c[1-3]", "c[", "\\u{", "ä", "\t", "\x01", "'", "\"x\"",
        "$", "\r", "\xff"));
    std::string text;
    for (const std::string& word : words) {
      text += word;
    }
    parse_anything(text);
  }));
}
