// docs/language.md says what the table of signatures says. UPDATE_DOCS=1 rewrites its tables.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include <fmt/format.h>

#include "lang/format/formatter.hpp"
#include "lang/syntax/pattern.hpp"
#include "lang/syntax/signatures.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/parsing.hpp"

using namespace backstay::lang;
using backstay::test::ParsedText;
using backstay::test::summary;

namespace {

const std::string kReference = std::string(BACKSTAY_SOURCE_DIR) + "/docs/language.md";

std::string read_reference() {
  std::ifstream in(kReference, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string_view shown(Support support) {
  switch (support) {
    case Support::Full:
      return "yes";
    case Support::Later:
      return "later";
    case Support::Refused:
      return "**refused**";
  }
  return {};
}

// A cell of a table: `|` would end it.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    escaped += c == '|' ? "\\|" : std::string(1, c);
  }
  return escaped;
}

// A fact is never more than its declaration is.
Support support_of(const Signature& row) {
  Support support = row.support;
  for (const Signature& declaration : signatures()) {
    if (declaration.block == "file" && declaration.word == row.block) {
      support = std::max(support, declaration.support);
    }
  }
  return support;
}

std::string fact_table(std::string_view block) {
  std::string table = "| fact | means | this version |\n| --- | --- | --- |\n";
  for (const Signature& row : signatures()) {
    if (row.block == block) {
      const std::string_view blank = row.pattern.empty() ? "" : " ";
      const bool many = row.arity == Arity::Many && block != "file";
      table += fmt::format("| `{}{}{}`{} | {} | {} |\n", row.word, blank, cell(row.pattern),
                           many ? " \\*" : "", cell(row.meaning), shown(support_of(row)));
    }
  }
  return table;
}

std::string type_table() {
  std::string table = "| type | what is written |\n| --- | --- |\n";
  for (const ArgumentType& type : argument_types()) {
    table += fmt::format("| `{}` | {} |\n", type.name, cell(type.expected));
  }
  return table;
}

// The page with its tables as they should be; every name of a table is noted in `names`.
std::string with_tables(const std::string& page, std::map<std::string, int>& names) {
  constexpr std::string_view kBegin = "<!-- table: ";
  constexpr std::string_view kEnd = "<!-- end -->";
  std::string text;
  std::size_t at = 0;
  for (std::size_t mark = page.find(kBegin); mark != std::string::npos;
       mark = page.find(kBegin, at)) {
    const std::size_t name_begin = mark + kBegin.size();
    const std::size_t name_end = page.find(" -->", name_begin);
    const std::size_t end = page.find(kEnd, name_end);
    REQUIRE(end != std::string::npos);
    const std::string name = page.substr(name_begin, name_end - name_begin);
    ++names[name];
    text += page.substr(at, name_end + 4 - at) + "\n" +
            (name == "types" ? type_table() : fact_table(name));
    at = end;
  }
  return text + page.substr(at);
}

}  // namespace

TEST_CASE("the tables of the language reference are those of the program", "[reference]") {
  const std::string page = read_reference();
  std::map<std::string, int> names;
  const std::string expected = with_tables(page, names);
  const char* update = std::getenv("UPDATE_DOCS");
  if (update != nullptr && std::string_view(update) == "1") {
    std::ofstream(kReference, std::ios::binary) << expected;
  } else {
    CHECK(page == expected);
  }
}

TEST_CASE("every kind of block has its table in the language reference", "[reference]") {
  std::map<std::string, int> names;
  static_cast<void>(with_tables(read_reference(), names));
  for (const Signature& row : signatures()) {
    const bool described_elsewhere = row.block == "hosts" || row.block == "group" ||
                                     row.block == "postgresql" || row.block == "profile";
    INFO(row.block);
    CHECK((described_elsewhere || names[std::string(row.block)] == 1));
  }
  CHECK(names["types"] == 1);
}

TEST_CASE("the examples of the language reference are right and canonical", "[reference]") {
  const std::string page = read_reference();
  std::size_t examples = 0;
  for (std::size_t begin = page.find("```stay\n"); begin != std::string::npos;
       begin = page.find("```stay\n", begin + 1)) {
    const std::size_t text_begin = begin + 8;
    const std::string text = page.substr(text_begin, page.find("```", text_begin) - text_begin);
    ParsedText parsed(text);
    for (const ast::Fact& fact : parsed.parsed.file.facts) {
      CHECK(match(parsed.parsed.file, fact, "file", {}, parsed.findings));
      for (const ast::Fact& inner : fact.facts) {
        CHECK(match(parsed.parsed.file, inner, fact.word.text, {}, parsed.findings));
      }
    }
    CHECK(summary(parsed.findings, parsed.sources).empty());
    CHECK(format(parsed.sources, parsed.id, parsed.findings) == text);
    ++examples;
  }
  CHECK(examples >= 2);
}
