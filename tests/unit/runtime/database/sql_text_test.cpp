// Names and batch rows.
#include "runtime/database/sql_text.hpp"

#include "tests/support/catch.hpp"

namespace backstay::runtime {
namespace {

constexpr std::string_view kRun = "20261122T023000Z-0a1b2c3d";

TEST_CASE("a side name fits the server's limit and differs for databases that differ") {
  CHECK(side_name("nova", "orig", kRun) == "nova__orig_20261122T023000Z-0a1b2c3d");
  const std::string one = side_name(std::string(64, 'a'), "backstay", kRun);
  const std::string other = side_name(std::string(63, 'a') + "b", "backstay", kRun);
  CHECK(one.size() <= 64);
  CHECK(one != other);
  CHECK(is_side_name(one));
  CHECK(is_side_name(side_name("nova", "orig", kRun)));
  CHECK_FALSE(is_side_name("nova__original_orig_"));
  CHECK_FALSE(is_side_name("site__orig_2026"));
}

TEST_CASE("a side name is not cut within a character") {
  std::string name;
  for (int count = 0; count < 32; ++count)
    name += "ä";
  const std::string side = side_name(name, "backstay", kRun);
  CHECK(side.size() <= 64);
  const std::size_t hash = side.find_first_not_of("\xc3\xa4");
  CHECK(hash % 2 == 0);
}

TEST_CASE("batch rows are unescaped") {
  const auto rows = parse_batch_rows("a\\tb\tc\\nd\n\\\\n\t\n");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0] == std::vector<std::string>{"a\tb", "c\nd"});
  CHECK(rows[1] == std::vector<std::string>{"\\n", ""});
  CHECK(parse_batch_rows("").empty());
}

TEST_CASE("quoting doubles what would end a name or a literal") {
  CHECK(quote_name("a`b") == "`a``b`");
  CHECK(quote_text("it's \\") == "'it\\'s \\\\'");
  CHECK(quote_list({"a", "b"}) == "'a','b'");
  CHECK(quote_list({}) == "''");
}

TEST_CASE("artefact names keep to the store's alphabet and stay different") {
  CHECK(artefact_name("nova_api") == "nova_api");
  CHECK(artefact_name("Nova") == ".4eova");
  CHECK(artefact_name("a.4e") != artefact_name("aN"));
}

TEST_CASE("the delimiter is not in the body") {
  CHECK(free_delimiter("begin end") == ";;");
  CHECK(free_delimiter("x;;y") == ";;1");
  CHECK(free_delimiter(";;1;;") == ";;2");
}

TEST_CASE("limits of names count characters, and artefact names stay short") {
  std::string name;
  for (int index = 0; index < 64; ++index)
    name += "\xc3\xbc";
  CHECK(characters(name) == 64);
  CHECK(characters("") == 0);
  CHECK(artefact_name(name).size() <= 120);
  CHECK(artefact_name(name) != artefact_name(name + "x"));
  CHECK(artefact_name("nova_api") == "nova_api");
}

}  // namespace
}  // namespace backstay::runtime
