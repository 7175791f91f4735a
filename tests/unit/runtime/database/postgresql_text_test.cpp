// Text of PostgreSQL's programs: cells, quoting, the login's user, roles, rows of an archive.
#include "runtime/database/postgresql_text.hpp"

#include "runtime/database/archive_rows.hpp"
#include "runtime/database/postgresql_catalog.hpp"
#include "runtime/database/postgresql_globals.hpp"
#include "tests/support/catch.hpp"

namespace backstay::runtime {
namespace {

using namespace std::string_literals;

TEST_CASE("cells end with NUL bytes and fill whole rows", "[postgresql]") {
  CHECK(parse_cells("1\0a\n\0002\0\0"s, 2) == Rows{{"1", "a\n"}, {"2", ""}});
  CHECK(parse_cells("", 3) == Rows{});
  CHECK_FALSE(parse_cells("1\0a\0b\0"s, 2));
  CHECK_FALSE(parse_cells("1\0a"s, 2));
}

TEST_CASE("names and literals are quoted for PostgreSQL", "[postgresql]") {
  CHECK(quote_identifier("od\"d") == "\"od\"\"d\"");
  CHECK(quote_literal("it's") == "'it''s'");
  CHECK(quote_literal("back\\slash'") == "E'back\\\\slash'''");
}

TEST_CASE("the user of a password file is the fourth field of its first entry", "[postgresql]") {
  CHECK(password_file_user("# note\n\n*:*:*:back\\:up:pa:ss\n") == std::nullopt);
  CHECK(password_file_user("# note\n\n*:*:*:back\\:up:secret\n") == "back:up");
  CHECK(password_file_user("h:5432:*:a:x\nh:5432:*:b:y\n") == "a");
  CHECK(password_file_user("*:*:*:*:secret\n") == std::nullopt);
  CHECK(password_file_user("*:*:*::secret\n") == std::nullopt);
  CHECK(password_file_user("nonsense\n") == std::nullopt);
  CHECK(password_file_user("") == std::nullopt);
}

TEST_CASE("a socket may be its directory or its file", "[postgresql]") {
  CHECK(socket_place("/run/postgresql").directory == "/run/postgresql");
  CHECK(socket_place("/run/postgresql").port == 0);
  CHECK(socket_place("/run/postgresql/.s.PGSQL.5433").directory == "/run/postgresql");
  CHECK(socket_place("/run/postgresql/.s.PGSQL.5433").port == 5433);
  CHECK(socket_place("/run/.s.PGSQL.lock").directory == "/run/.s.PGSQL.lock");
}

TEST_CASE("what a server says decides the kind of an error", "[postgresql]") {
  plan::Server server;
  server.name = "metrics-db";
  server.socket = "/run/postgresql";
  const auto kind = [&](const std::string& said) {
    Exit exit;
    exit.code = 2;
    exit.errors = said;
    return postgres_error(server, exit, "psql").kind;
  };
  CHECK(kind("psql: error: connection to server on socket \"/x\" failed: FATAL:  password "
             "authentication failed for user \"b\"") == ErrorKind::Credentials);
  CHECK(kind("connection to server failed: FATAL:  role \"root\" does not exist") ==
        ErrorKind::Credentials);
  CHECK(kind("connection to server failed: FATAL:  database \"x\" does not exist") ==
        ErrorKind::NotFound);
  CHECK(kind("connection to server on socket \"/x/.s.PGSQL.5432\" failed: No such file or "
             "directory") == ErrorKind::ToolMissing);
  CHECK(kind("ERROR:  disk full") == ErrorKind::ToolFailed);
}

TEST_CASE("rows are counted in what pg_restore prints, however it is cut", "[postgresql]") {
  const std::string text =
      "SET x;\nCOPY public.t (a, b) FROM stdin;\n1\tCOPY x FROM stdin;\n2\t\\\\.\n\\.\n\n"
      "COPY public.\"odd name\" (a) FROM stdin;\n\\.\nCOPY public.none  FROM stdin;\n\n\n\\.\n"
      "SELECT 1;\n";
  const TableRows wanted = {{"public.t", 2}, {"public.\"odd name\"", 0}, {"public.none", 2}};
  for (std::size_t size = 1; size <= text.size(); ++size) {
    RowCounter counter;
    for (std::size_t at = 0; at < text.size(); at += size)
      counter.add(std::string_view(text).substr(at, size));
    CHECK(counter.rows() == wanted);
    CHECK(counter.complete());
  }
}

TEST_CASE("rows that are cut off are not complete", "[postgresql]") {
  RowCounter counter;
  counter.add("COPY public.t (a) FROM stdin;\n1\n");
  CHECK_FALSE(counter.complete());
}

TEST_CASE("statements of pg_dumpall are split outside quotes", "[postgresql]") {
  const auto statements = split_statements(
      "--\n-- Roles\n--\n\\connect postgres\nSET a = on;\n\n"
      "CREATE ROLE \"o;dd\"\"\";\nCOMMENT ON ROLE x IS 'two\n-- lines; it''s';\n"
      "COMMENT ON ROLE y IS E'a\\';b';\n");
  CHECK(statements == std::vector<std::string>{"SET a = on;", "CREATE ROLE \"o;dd\"\"\";",
                                               "COMMENT ON ROLE x IS 'two\n-- lines; it''s';",
                                               "COMMENT ON ROLE y IS E'a\\';b';"});
  CHECK(named_by("CREATE ROLE \"o;dd\"\"\";", "CREATE ROLE ") == "o;dd\"");
  CHECK(named_by("CREATE ROLE plain;", "CREATE ROLE ") == "plain");
  CHECK(named_by("ALTER ROLE plain WITH LOGIN;", "CREATE ROLE ").empty());
}

TEST_CASE("roles that exist are left as they are unless told otherwise", "[postgresql]") {
  const std::string script =
      "CREATE ROLE a;\nALTER ROLE a WITH LOGIN;\nCREATE ROLE b;\nALTER ROLE b WITH LOGIN;\n"
      "COMMENT ON ROLE a IS 'x';\nCREATE TABLESPACE fast OWNER a LOCATION '/x';\nGRANT a TO b;\n";
  const GlobalsPlan careful = plan_globals(script, {"a", "postgres"}, {"fast"}, false);
  CHECK(careful.sql == "CREATE ROLE b;\nALTER ROLE b WITH LOGIN;\nGRANT a TO b;\n");
  CHECK(careful.kept == std::vector<std::string>{"a"});
  const GlobalsPlan whole = plan_globals(script, {"a", "postgres"}, {}, true);
  CHECK(
      whole.sql ==
      "ALTER ROLE a WITH LOGIN;\nCREATE ROLE b;\nALTER ROLE b WITH LOGIN;\n"
      "COMMENT ON ROLE a IS 'x';\nCREATE TABLESPACE fast OWNER a LOCATION '/x';\nGRANT a TO b;\n");
  CHECK(whole.kept.empty());
}

TEST_CASE("a database is made again with its locale, grants and settings", "[postgresql]") {
  const PostgresDatabase database{.name = "app",
                                  .owner = "own\"er",
                                  .encoding = "UTF8",
                                  .locale_provider = "i",
                                  .collate = "C.UTF-8",
                                  .character_type = "C.UTF-8",
                                  .locale = "de",
                                  .comment = "it's",
                                  .connection_limit = 7,
                                  .own_grants = true,
                                  .grants = {{"", "CONNECT", false}, {"app", "CREATE", true}},
                                  .settings = {{"", "search_path", "a, b"}, {"app", "x.y", "'1'"}}};
  CHECK(create_statement(database, "beside") ==
        "CREATE DATABASE \"beside\" TEMPLATE template0 OWNER \"own\"\"er\" ENCODING 'UTF8' "
        "LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'de';\n");
  CHECK(property_statements(database, "app") ==
        "ALTER DATABASE \"app\" CONNECTION LIMIT 7;\n"
        "COMMENT ON DATABASE \"app\" IS 'it''s';\n"
        "ALTER DATABASE \"app\" SET \"search_path\" TO a, b;\n"
        "ALTER ROLE \"app\" IN DATABASE \"app\" SET \"x.y\" TO '1';\n"
        "REVOKE ALL ON DATABASE \"app\" FROM PUBLIC;\n"
        "GRANT CONNECT ON DATABASE \"app\" TO PUBLIC;\n"
        "GRANT CREATE ON DATABASE \"app\" TO \"app\" WITH GRANT OPTION;\n");
}

TEST_CASE("facts of a PostgreSQL database survive the manifest", "[postgresql]") {
  const PostgresFacts facts{.server = "metrics-db",
                            .server_version = "15.14",
                            .started = "2026-11-22T02:30:00Z",
                            .stream = "database.dump",
                            .database = {.name = "gnocchi",
                                         .owner = "gnocchi",
                                         .encoding = "UTF8",
                                         .locale_provider = "c",
                                         .collate = "C",
                                         .character_type = "C",
                                         .locale = "",
                                         .comment = "",
                                         .connection_limit = -1,
                                         .own_grants = false,
                                         .grants = {{"", "CONNECT", false}},
                                         .settings = {{"", "a", "'b'"}}},
                            .rows = {{"public.t", 3}}};
  const ComponentFacts text = to_json(facts);
  const Result<PostgresFacts> read = read_postgres_facts(text);
  REQUIRE(read);
  CHECK(to_json(*read).json == text.json);
  CHECK(read->rows == facts.rows);
  CHECK(read_postgres_facts({"{}"}).error().kind == ErrorKind::BadInput);
}

}  // namespace
}  // namespace backstay::runtime
