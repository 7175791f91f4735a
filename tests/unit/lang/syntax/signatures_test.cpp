#include "lang/syntax/signatures.hpp"

#include <algorithm>
#include <set>

#include "lang/syntax/literals.hpp"
#include "lang/syntax/pattern.hpp"
#include "tests/support/catch.hpp"

using namespace backstay::lang;

TEST_CASE("every pattern of the table parses and names known types", "[signatures]") {
  for (const Signature& row : signatures()) {
    INFO(row.block << " " << row.word << " " << row.pattern);
    const Pattern pattern = parse_pattern(row.pattern);
    for (const PatternSequence& clause : pattern.clauses) {
      CHECK_FALSE(clause.front().words.empty());
    }
  }
}

TEST_CASE("every row says in a short sentence what the fact means", "[signatures]") {
  for (const Signature& row : signatures()) {
    INFO(row.block << " " << row.word);
    CHECK(row.meaning.size() > 5);
    CHECK(row.meaning.back() != '.');
    CHECK(is_name(row.word));
  }
}

TEST_CASE("every block but the file is that of a declaration", "[signatures]") {
  const std::vector<std::string> declarations = words_of("file");
  for (const Signature& row : signatures()) {
    INFO(row.block);
    CHECK((row.block == "file" ||
           std::find(declarations.begin(), declarations.end(), row.block) != declarations.end()));
  }
}

TEST_CASE("no row stands twice, and rows of one word agree on whether it may be repeated",
          "[signatures]") {
  std::set<std::string> seen;
  for (const Signature& row : signatures()) {
    const std::string key = std::string(row.block) + " " + std::string(row.word);
    INFO(key << " " << row.pattern);
    CHECK(seen.insert(key + " " + std::string(row.pattern)).second);
    for (const Signature& other : signatures()) {
      if (other.block == row.block && other.word == row.word) {
        CHECK(other.arity == row.arity);
      }
    }
  }
}

TEST_CASE("a profile has every fact of a service, and parameters", "[signatures]") {
  std::vector<std::string> service = words_of("service");
  std::vector<std::string> profile = words_of("profile");
  service.emplace_back("param");
  std::sort(service.begin(), service.end());
  std::sort(profile.begin(), profile.end());
  CHECK(service == profile);
}

TEST_CASE("the blocks of a word are found", "[signatures]") {
  CHECK(blocks_of("datadir") == std::vector<std::string>{"mariadb", "postgresql"});
  CHECK(blocks_of("host") == std::vector<std::string>{"file"});
  CHECK(blocks_of("volume").empty());
}

TEST_CASE("types stand in the order of their names", "[signatures]") {
  const auto types = argument_types();
  CHECK(std::is_sorted(
      types.begin(), types.end(),
      [](const ArgumentType& left, const ArgumentType& right) { return left.name < right.name; }));
}
