// The pure parts: error numbers, grants, order of views, facts.
#include "runtime/database/mariadb_accounts.hpp"
#include "runtime/database/mariadb_code.hpp"
#include "runtime/database/mariadb_errors.hpp"
#include "runtime/database/mariadb_facts.hpp"
#include "tests/support/catch.hpp"

namespace backstay::runtime {
namespace {

TEST_CASE("the number of an error is found in each form that the programs use") {
  CHECK(first_error_number("ERROR 1045 (28000): Access denied") == 1045);
  CHECK(first_error_number("mariadb-dump: Got error: 1049: \"Unknown database 'x'\" when") == 1049);
  CHECK(first_error_number("mariadb-dump: Error 1412: Table definition has changed") == 1412);
  CHECK(first_error_number("mariadb-dump: Couldn't execute 'SHOW FIELDS': bad view (1356)") ==
        1356);
  CHECK_FALSE(first_error_number("killed").has_value());
  CHECK_FALSE(first_error_number("Error 12345: no").has_value());
}

TEST_CASE("a statement that failed is not repeated in a message, because it may hold a hash") {
  plan::Server server;
  server.name = "db";
  server.socket = "/run/db.sock";
  const Exit exit{.code = 1,
                  .output = {},
                  .errors =
                      "--------------\nALTER USER x IDENTIFIED BY PASSWORD '*ABC'\n"
                      "--------------\n\nERROR 1524 (HY000) at line 3: Plugin not loaded\n"};
  const Error error = server_error(server, exit, "mariadb");
  CHECK(error.kind == ErrorKind::Credentials);
  CHECK(error.message.find("*ABC") == std::string::npos);
  CHECK(error.message.find("Plugin not loaded") != std::string::npos);
}

TEST_CASE("grants on single objects are told from those on databases") {
  CHECK(object_database("GRANT SELECT ON `nova`.* TO `n`@`%`").empty());
  CHECK(object_database("GRANT SELECT ON *.* TO `n`@`%`").empty());
  CHECK(object_database("GRANT `r ON x` TO `n`@`%`").empty());
  CHECK(object_database("GRANT PROXY ON ``@`%` TO `root`@`x`").empty());
  CHECK(object_database("GRANT SELECT (`a`), UPDATE (`b ON c`) ON `no``va`.`t` TO `n`@`%`") ==
        "no`va");
  CHECK(object_database("GRANT EXECUTE ON PROCEDURE `nova`.`p` TO `n`@`%`") == "nova");
  CHECK(object_database("GRANT EXECUTE ON PACKAGE BODY `nova`.`p` TO `n`@`%`") == "nova");
}

TEST_CASE("definitions of accounts are read from accounts.sql") {
  const auto found = account_definitions(
      "SET NAMES utf8mb4;\nCREATE USER IF NOT EXISTS `a`@`%` IDENTIFIED BY PASSWORD '*1';\n"
      "ALTER USER `a`@`%` IDENTIFIED BY PASSWORD '*1';\nCREATE USER IF NOT EXISTS `b`@`h`;\n");
  REQUIRE(found.size() == 2);
  CHECK(found.at("`a`@`%`") == " IDENTIFIED BY PASSWORD '*1'");
  CHECK(found.at("`b`@`h`").empty());
}

TEST_CASE("what a server holds word for word is not run again") {
  const std::string backup =
      "SET NAMES utf8mb4;\nCREATE ROLE IF NOT EXISTS `r`;\nALTER USER `a`@`%` LOCK;\n"
      "GRANT `r` TO `a`@`%`;\n";
  CHECK(missing_statements(backup, backup) == "SET NAMES utf8mb4;\n");
  CHECK(missing_statements(backup, "SET NAMES utf8mb4;\n") == backup);
  CHECK(missing_statements(backup, "CREATE ROLE IF NOT EXISTS `r`;\nGRANT `r` TO `a`@`%`;\n") ==
        "SET NAMES utf8mb4;\nALTER USER `a`@`%` LOCK;\n");
}

TEST_CASE("views come after the views that they name") {
  const std::map<std::string, std::string> views = {
      {"a", "select `b`.`x` from `b`"}, {"b", "select `c`.`x` from `c`"}, {"c", "select 1 AS `x`"}};
  CHECK(order_views(views) == std::vector<std::string>{"c", "b", "a"});
  CHECK(order_views({{"a", "`b`"}, {"b", "`a`"}}).size() == 2);
  CHECK(order_views({}).empty());
}

TEST_CASE("facts survive the manifest") {
  MariadbFacts facts;
  facts.server = "db";
  facts.gtid = "0-1-7";
  facts.way = "parallel";
  facts.held_ms = 120;
  facts.processes = 3;
  facts.databases.push_back({.name = "no\xc3\xa4va",
                             .charset = "latin1",
                             .collation = "latin1_bin",
                             .rows_stream = "rows.sql",
                             .more_rows_streams = {"rows.big.sql"},
                             .code_stream = "code.sql",
                             .code_body_at = 7,
                             .code_views_at = 9,
                             .tables = {{"t", {"InnoDB", 12, false}}, {"s", {"InnoDB", 0, true}}},
                             .code = {{"view", 2}},
                             .invalid_views = {"v"},
                             .not_one_instant = {"m"},
                             .rounded = {"t.f"},
                             .longest_statement = 99});
  const auto read = read_mariadb_facts(to_json(facts));
  REQUIRE(read.has_value());
  CHECK(to_json(*read).json == to_json(facts).json);
  CHECK(read->databases[0].tables.at("t").rows == 12);
  CHECK(read->databases[0].tables.at("s").sequence);
  CHECK(read_mariadb_facts({"{}"}).error().kind == ErrorKind::BadInput);
  CHECK(read_accounts_facts({"not json"}).error().kind == ErrorKind::BadInput);
}

}  // namespace
}  // namespace backstay::runtime
