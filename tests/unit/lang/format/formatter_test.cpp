#include "lang/format/formatter.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

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

// What holds for any text. Returns whether it is without syntax errors.
bool check_formatted(std::string_view text) {
  const ParsedText before(text);
  if (before.findings.has_errors()) {
    REQUIRE_FALSE(formatted(text));
    return false;
  }
  const auto once = formatted(text);
  REQUIRE(once);
  const ParsedText after(*once);
  REQUIRE(dump(after.parsed.file) == dump(before.parsed.file));
  REQUIRE(comments_of(after) == comments_of(before));
  REQUIRE(formatted(*once) == once);
  REQUIRE((once->empty() || once->back() == '\n'));
  REQUIRE_FALSE(once->ends_with("\n\n"));
  REQUIRE(once->find("\n\n\n") == std::string::npos);
  REQUIRE(once->find(" \n") == std::string::npos);
  return true;
}

void add_places(const ast::Argument& token, std::set<std::size_t>& places) {
  places.insert(token.span.begin);
  places.insert(token.span.end);
}

void add_places(const ast::File& file,
                const std::vector<ast::Fact>& facts,
                std::set<std::size_t>& places) {
  for (const ast::Fact& fact : facts) {
    add_places(fact.word, places);
    for (const ast::Argument& argument : file.arguments_of(fact)) {
      add_places(argument, places);
      for (const ast::Argument& item : file.items_of(argument)) {
        add_places(item, places);
      }
    }
    places.insert({fact.block.begin, fact.block.end});
    add_places(file, fact.facts, places);
  }
}

// Where a token begins or ends: those of the tree, and all that stands between two of them.
std::set<std::size_t> token_boundaries(const ParsedText& parsed, std::string_view text) {
  constexpr std::string_view kBetween = " \t\n,;{}[]";
  std::set<std::size_t> places = {0, text.size()};
  add_places(parsed.parsed.file, parsed.parsed.file.facts, places);
  bool in_string = false;
  bool in_comment = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\n') {
      in_string = in_comment = false;
    }
    const bool boundary = kBetween.find(c) != std::string_view::npos ||
                          (at > 0 && kBetween.find(text[at - 1]) != std::string_view::npos);
    if (!in_string && !in_comment && boundary) {
      places.insert(at);
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

// Part of a sample, and where in it a comment is put.
struct Piece {
  std::string text;
  std::set<std::size_t> places;
};

// Every declaration of all samples once, with all its boundaries, and every two neighbours once,
// with those between them. What stands further away has no say in how a place is read, and samples
// have most of their declarations in common: so every boundary is tried in a small part of the
// time. A sample with syntax errors stays whole.
std::vector<Piece> pieces_of_samples() {
  std::map<std::string, std::set<std::size_t>> pieces;
  for (const auto& sample : all_samples()) {
    const ParsedText parsed(sample.text);
    const auto& facts = parsed.parsed.file.facts;
    if (parsed.findings.has_errors() || facts.empty()) {
      pieces[sample.text] = token_boundaries(parsed, sample.text);
      continue;
    }
    for (std::size_t at = 0; at < facts.size(); ++at) {
      const std::size_t begin = at == 0 ? 0 : facts[at].word.span.begin;
      const bool is_last = at + 1 == facts.size();
      const std::size_t next = is_last ? sample.text.size() : facts[at + 1].word.span.begin;
      const std::string one = sample.text.substr(begin, next - begin);
      pieces[one] = token_boundaries(ParsedText(one), one);
      if (!is_last) {
        const std::size_t end = at + 2 == facts.size() ? sample.text.size()
                                                       : std::size_t{facts[at + 2].word.span.begin};
        const std::string two = sample.text.substr(begin, end - begin);
        const std::size_t seam = std::max(facts[at].span.end, facts[at].block.end) - begin;
        const auto all = token_boundaries(ParsedText(two), two);
        pieces[two] = {all.lower_bound(seam), all.upper_bound(next - begin)};
      }
    }
  }
  std::vector<Piece> list;
  for (auto& [text, places] : pieces) {
    list.push_back({text, std::move(places)});
  }
  return list;
}

// Puts a comment at every boundary of every sample's tokens and checks what holds for any text: a
// comment ends the line, so that some of these texts say something else or are wrong.
std::size_t check_injected(std::string_view comment) {
  std::size_t sound = 0;
  for (const Piece& piece : pieces_of_samples()) {
    INFO(piece.text);
    for (const std::size_t place : piece.places) {
      std::string text = piece.text;
      text.insert(place, comment);
      INFO("at byte " << place);
      sound += check_formatted(text) ? 1 : 0;
    }
  }
  return sound;
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

TEST_CASE("a comment at any boundary of tokens of any sample stays", "[format][samples]") {
  const std::string_view comment =
      GENERATE(" # injected\n", "\n# on its line\n", "\n        ## of what follows");
  INFO(comment);
  CHECK(check_injected(comment) > 5'000);
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
