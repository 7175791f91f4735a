// The word lists of the editors' grammars are those of the signature table.
//
// UPDATE_EDITORS=1 writes them anew.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include "lang/syntax/pattern.hpp"
#include "lang/syntax/signatures.hpp"
#include "tests/support/catch.hpp"

using namespace backstay::lang;

namespace {

using Words = std::set<std::string>;

std::string read(const std::string& file) {
  std::ifstream in(std::string(BACKSTAY_SOURCE_DIR) + "/" + file, std::ios::binary);
  REQUIRE(in);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

void add_literals(const PatternSequence& sequence, Words& words) {
  for (const PatternElement& element : sequence) {
    for (const std::string_view word : element.words) {
      if (word.front() >= 'a' && word.front() <= 'z') {
        words.emplace(word);
      }
    }
  }
}

std::map<std::string, Words> table_words() {
  std::map<std::string, Words> lists;
  for (const Signature& row : signatures()) {
    lists[row.block == "file" ? "declarations" : "facts"].emplace(row.word);
    const Pattern pattern = parse_pattern(row.pattern);
    add_literals(pattern.fixed, lists["clauses"]);
    for (const PatternSequence& clause : pattern.clauses) {
      add_literals(clause, lists["clauses"]);
    }
  }
  lists["values"] = {"true", "false"};
  for (const ArgumentType& type : argument_types()) {
    for (const std::string_view word : words_of_type(type)) {
      if (std::isalpha(static_cast<unsigned char>(word.front())) != 0) {
        lists[type.name == "TYPE" ? "types" : "values"].emplace(word);
      }
    }
  }
  return lists;
}

/// How a grammar writes a list: `(?:a|b)` or `\%(a\|b\)`.
struct Syntax {
  std::string open, separator, close;
};

// The text with every list below a mark `words: NAME` as the table has it.
std::string with_lists(std::string text, const Syntax& syntax) {
  for (const auto& [name, words] : table_words()) {
    INFO(name);
    std::size_t at = text.find("words: " + name);
    REQUIRE(at != std::string::npos);
    do {
      at = text.find(syntax.open, at + 1);
      REQUIRE(at != std::string::npos);
    } while (std::isalnum(static_cast<unsigned char>(text[at + syntax.open.size()])) == 0);
    at += syntax.open.size();
    const std::size_t end = text.find(syntax.close, at);
    std::string list;
    for (const std::string& word : words) {
      list += (list.empty() ? "" : syntax.separator) + word;
    }
    text.replace(at, end - at, list);
  }
  return text;
}

void check(const std::string& file, const Syntax& syntax) {
  const std::string text = read(file);
  const std::string wanted = with_lists(text, syntax);
  const char* const update = std::getenv("UPDATE_EDITORS");
  if (update != nullptr && std::string(update) == "1") {
    std::ofstream(std::string(BACKSTAY_SOURCE_DIR) + "/" + file, std::ios::binary) << wanted;
    return;
  }
  INFO(file << " lacks words of the language, or has some that it does not: UPDATE_EDITORS=1");
  CHECK((text == wanted));
}

}  // namespace

TEST_CASE("the TextMate grammar knows the words of the language, and no others", "[editors]") {
  check("editors/vscode/syntaxes/stay.tmLanguage.json", {"(?:", "|", ")"});
}

TEST_CASE("the Vim syntax knows the words of the language, and no others", "[editors]") {
  check("editors/vim/syntax/stay.vim", {"\\%(", "\\|", "\\)"});
}
