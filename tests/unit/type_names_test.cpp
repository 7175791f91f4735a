// No two headers define a type of the same name in one namespace. Compilers and linkers say nothing
// of it, and a program that includes both, each in a file of its own, destroys one as if it were
// the other.
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>

#include "tests/support/catch.hpp"

namespace backstay::test {
namespace {

namespace fs = std::filesystem;

/// By `namespace::name`, the header that defines it.
using Types = std::map<std::string, std::string>;

/// Adds the types at the left margin of a header; the names that were there already, with both
/// files.
std::string add_types(const std::string& file, const std::string& text, Types& types) {
  static const std::regex kType(R"(^(?:struct|class) (\w+)(?: final)?(?: :[^;{]*)? \{)");
  static const std::regex kNamespace(R"(^namespace ([\w:]+) \{)");
  std::istringstream lines(text);
  std::string twice;
  std::string inside;
  std::smatch found;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_search(line, found, kNamespace))
      inside = found[1];
    if (!std::regex_search(line, found, kType))
      continue;
    const auto [known, fresh] = types.try_emplace(inside + "::" + found[1].str(), file);
    if (!fresh && known->second != file)
      twice += known->first + " in " + known->second + " and " + file + "\n";
  }
  return twice;
}

}  // namespace

TEST_CASE("no two headers define a type of one name") {
  const fs::path root = BACKSTAY_SOURCE_DIR;
  Types types;
  for (const auto* floor : {"lang", "compiler", "runtime", "cli"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / floor)) {
      if (entry.path().extension() != ".hpp")
        continue;
      std::ostringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      CHECK(add_types(fs::relative(entry.path(), root).string(), text.str(), types) == "");
    }
  }
  CHECK(types.size() > 300);
}

TEST_CASE("a type of one name in two headers is found, one in another namespace is another") {
  Types types;
  CHECK(add_types("a.hpp", "namespace a {\nstruct Request {\n", types) == "");
  CHECK(add_types("b.hpp", "namespace b {\nclass Request final : public Base {\n", types) == "");
  CHECK(add_types("c.hpp", "namespace a {\nstruct Request;\nclass Request {\n", types) ==
        "a::Request in a.hpp and c.hpp\n");
}

}  // namespace backstay::test
