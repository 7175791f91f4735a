// The splitter against streams as mariadb-dump writes them, cut anywhere, with hostile data.
#include "runtime/database/dump_splitter.hpp"

#include <rapidcheck.h>

#include "dump_text.hpp"
#include "runtime/database/import_filter.hpp"
#include "tests/support/catch.hpp"

namespace backstay::runtime {
namespace {

using testing::DatabaseText;
using testing::TableText;

struct SplitResult {
  std::map<std::string, std::string> parts;
  Result<DumpSummary> summary = DumpSummary{};
};

/// Feeds `text` in chunks whose sizes `cut` gives.
template <typename Cut>
SplitResult split(const std::string& text, Cut cut) {
  SplitResult result;
  DumpSplitter splitter({.open = [&](const std::string& database) -> Result<void> {
                           result.parts[database];
                           return {};
                         },
                         .write =
                             [&](const std::string& database, std::string_view bytes) {
                               result.parts[database] += bytes;
                               return Result<void>();
                             }});
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = std::max<std::size_t>(1, cut());
    const Result<void> fed = splitter.feed(std::string_view(text).substr(at, size));
    if (!fed) {
      result.summary = fed.error();
      return result;
    }
    at += size;
  }
  result.summary = splitter.finish();
  return result;
}

SplitResult split_whole(const std::string& text) {
  return split(text, [&] { return text.size() + 1; });
}

const std::vector<std::string> kHostile = {"plain",
                                           "",
                                           "\n-- Current Database: `evil`\n",
                                           "'); DROP TABLE x; --",
                                           "\\",
                                           "\\'",
                                           "a''b",
                                           "`",
                                           "\"",
                                           "/* */ /*!50001 x */",
                                           "(),(),()",
                                           "VALUES (1),(2)",
                                           "\n--\n-- Dump completed\n",
                                           ";\n/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;\n",
                                           "☃ 𝄞",
                                           std::string("\0x", 2),
                                           "#",
                                           "-- "};

rc::Gen<std::string> name_gen() {
  return rc::gen::elementOf(std::vector<std::string>{"keystone", "nova_api", "a b", "x`y", "-- z",
                                                     "VALUES", "t;u", "ä", "it's", "/*c*/"});
}

/// One to three databases of up to three tables each; to be called within a property.
std::vector<DatabaseText> some_databases() {
  const auto value = rc::gen::oneOf(rc::gen::elementOf(kHostile), rc::gen::string<std::string>());
  std::vector<DatabaseText> databases(*rc::gen::inRange<std::size_t>(1, 4));
  for (std::size_t index = 0; index < databases.size(); ++index) {
    databases[index].name = *name_gen() + std::to_string(index);
    const auto tables = *rc::gen::inRange<std::size_t>(0, 4);
    for (std::size_t table = 0; table < tables; ++table) {
      databases[index].tables.push_back(
          {*name_gen() + std::to_string(table),
           *rc::gen::resize(8, rc::gen::container<std::vector<std::string>>(value)),
           *rc::gen::elementOf(kHostile)});
    }
  }
  return databases;
}

/// Takes the first `piece` out of `text`, which must hold it.
std::string without(std::string text, const std::string& piece) {
  const std::size_t at = text.find(piece);
  REQUIRE(at != std::string::npos);
  return text.erase(at, piece.size());
}

TEST_CASE("every part is header, own section and footer, wherever the stream is cut") {
  const bool ok = rc::check([] {
    const auto databases = some_databases();
    const std::string text = testing::dump_text(databases);
    const SplitResult result = split(text, [] { return *rc::gen::inRange<std::size_t>(1, 700); });
    RC_ASSERT(result.summary.has_value());
    RC_ASSERT(result.parts.size() == databases.size());
    RC_ASSERT(result.summary->databases.size() == databases.size());
    for (std::size_t index = 0; index < databases.size(); ++index) {
      const DatabaseText& database = databases[index];
      RC_ASSERT(result.summary->databases[index].name == database.name);
      RC_ASSERT(result.parts.at(database.name) ==
                testing::dump_header() + testing::dump_section(database) + testing::dump_footer());
    }
  });
  REQUIRE(ok);
}

TEST_CASE("rows are counted as tuples, whatever the values look like") {
  const bool ok = rc::check([] {
    const auto databases = some_databases();
    const SplitResult result =
        split(testing::dump_text(databases), [] { return *rc::gen::inRange<std::size_t>(1, 50); });
    RC_ASSERT(result.summary.has_value());
    for (std::size_t index = 0; index < databases.size(); ++index) {
      const auto& found = result.summary->databases[index].tables;
      RC_ASSERT(found.size() == databases[index].tables.size());
      for (const TableText& table : databases[index].tables) {
        RC_ASSERT(found.at(table.name).rows == table.values.size());
      }
    }
  });
  REQUIRE(ok);
}

TEST_CASE("one byte at a time gives the same as all at once") {
  std::vector<DatabaseText> databases;
  for (const std::string name : {"a", "x`y"}) {
    databases.push_back({name, {{"t", kHostile, "c\n-- Current Database: `no`\n"}, {"u", {}, ""}}});
  }
  const std::string text = testing::dump_text(databases);
  const SplitResult whole = split_whole(text);
  const SplitResult bytes = split(text, [] { return std::size_t{1}; });
  REQUIRE(whole.summary.has_value());
  REQUIRE(bytes.summary.has_value());
  CHECK(whole.parts == bytes.parts);
  CHECK(bytes.summary->databases[0].tables.at("t").rows == kHostile.size());
  CHECK(bytes.summary->databases[1].tables.at("u").rows == 0);
}

TEST_CASE("a stream that was cut anywhere is refused") {
  const std::string text = testing::dump_text({{"a", {{"t", {"x", "y"}, ""}}}});
  for (std::size_t size = 0; size < text.size(); ++size) {
    INFO(size);
    CHECK_FALSE(split_whole(text.substr(0, size)).summary.has_value());
  }
}

TEST_CASE("a trailer that is not the end is refused") {
  const std::string text = testing::dump_text({{"a", {{"t", {"x"}, ""}}}});
  CHECK(split_whole(text + "\n").summary.has_value());
  CHECK_FALSE(split_whole(text + "INSERT INTO `t` VALUES (1);\n").summary.has_value());
  CHECK_FALSE(split_whole(text + "-- more\n").summary.has_value());
}

TEST_CASE("a database that comes twice or after the footer is refused") {
  const std::string section = testing::dump_section({"a", {}});
  const std::string twice = testing::dump_header() + section + section + testing::dump_footer();
  CHECK(split_whole(twice).summary.error().kind == ErrorKind::BadInput);
  const std::string late = testing::dump_text({{"b", {}}}) + section + testing::dump_footer();
  CHECK(split_whole(late).summary.error().kind == ErrorKind::BadInput);
}

TEST_CASE("coordinates of the binary log are taken out and reported") {
  const std::string position =
      "-- CHANGE MASTER TO MASTER_LOG_FILE='bin.000007', MASTER_LOG_POS=8180;\n";
  const std::string gtid = "-- SET GLOBAL gtid_slave_pos='0-1-41';\n";
  const std::string text = testing::dump_header() + position + testing::dump_section({"a", {}}) +
                           gtid + testing::dump_footer();
  const SplitResult result = split_whole(text);
  REQUIRE(result.summary.has_value());
  CHECK(result.summary->log_file == "bin.000007");
  CHECK(result.summary->log_position == 8180);
  CHECK(result.summary->gtid == "0-1-41");
  CHECK(result.parts.at("a") == without(without(text, position), gtid));
}

TEST_CASE("placeholders of views are seen") {
  const std::string view = "/*!50001 CREATE VIEW `v` AS SELECT\n NULL AS `id` */;\n";
  const std::string text =
      testing::dump_header() + testing::dump_section({"a", {}}) + view + testing::dump_footer();
  const SplitResult result = split_whole(text);
  REQUIRE(result.summary.has_value());
  CHECK(result.summary->databases[0].views == std::vector<std::string>{"v"});
}

TEST_CASE("a name with newlines and backticks is read back, and forges no marker") {
  const auto replace_all = [](std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
      text.replace(at, from.size(), to);
      at += to.size();
    }
    return text;
  };
  std::string text = testing::dump_text({{"NAME", {{"t", {"x"}, ""}}}, {"other", {}}});
  text = replace_all(text, "Database: `NAME`",
                     "Database: `a``b\n-- -- c\n-- Current Database: ``x```");
  text = replace_all(text, "`NAME`", "`a``b\n-- c\nCurrent Database: ``x```");
  text = replace_all(text, "-- Current Database: `other`",
                     "-- Dumping data for table `u``\n-- Current Database: ``evil``\n-- `\n"
                     "-- Current Database: `other`");
  int turn = 0;
  for (const std::size_t most : {std::size_t{1}, std::size_t{7}, text.size()}) {
    const SplitResult result = split(text, [&] { return most == 7 ? turn++ % 7 + 1 : most; });
    REQUIRE(result.summary.has_value());
    REQUIRE(result.summary->databases.size() == 2);
    CHECK(result.summary->databases[0].name == "a`b\n-- c\nCurrent Database: `x`");
    CHECK(result.summary->databases[1].name == "other");
  }
}

TEST_CASE(
    "the import filter takes out the sandbox line, CREATE DATABASE and USE, and nothing else") {
  const bool ok = rc::check([] {
    const auto databases = some_databases();
    const DatabaseText& database = databases.front();
    const std::string text = testing::dump_text({database});
    std::string kept;
    ImportFilter filter([&](std::string_view bytes) -> Result<void> {
      kept += bytes;
      return {};
    });
    for (std::size_t at = 0; at < text.size();) {
      const auto size = *rc::gen::inRange<std::size_t>(1, 300);
      RC_ASSERT(filter.feed(std::string_view(text).substr(at, size)).has_value());
      at += size;
    }
    RC_ASSERT(filter.finish().has_value());
    const std::size_t create = text.find("CREATE DATABASE");
    const std::size_t use = text.find("USE `", create);
    const std::size_t create_end = text.rfind("*/;\n", use) + 3;
    const std::size_t use_end = text.find("`;\n", use) + 2;
    const std::size_t sandbox_end = text.find('\n') + 1;
    RC_ASSERT(kept == text.substr(sandbox_end, create - sandbox_end) +
                          text.substr(create_end, use - create_end) + text.substr(use_end));
    for (const TableText& table : database.tables) {
      RC_ASSERT(filter.tables().at(table.name).rows == table.values.size());
    }
  });
  REQUIRE(ok);
}

}  // namespace
}  // namespace backstay::runtime
