// A dump counts only when everything agrees: each lie of a tool is refused.
#include "runtime/database/mariadb_dump.hpp"

#include "dump_text.hpp"
#include "lying_server.hpp"
#include "memory_store.hpp"
#include "runtime/steps/steps.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fakes.hpp"

namespace backstay::runtime {
namespace {

using testing::LyingServer;

constexpr const char* kChanged =
    "mariadb-dump: Error 1412: Table definition has changed, please retry transaction when "
    "dumping table `t` at row: 0\n";

/// A dump step over databases `a` (t: 2 rows) and `b` (myisam_u: 1 row), with a server that tells
/// the truth until a test says otherwise.
struct DumpBench {
  test::FakeClock clock;
  RealFilesystem files;
  LyingServer server;
  World world{clock, files, server, {"/nowhere", "/nowhere", "/nowhere"}};
  plan::Plan plan;
  plan::Backup backup;
  plan::Step step;
  plan::DumpMariadb action;
  testing::MemorySnapshot snapshot;
  testing::MemoryStaging staging{snapshot};
  testing::NotedEvents events;

  DumpBench() {
    plan::Server db;
    db.name = "db";
    db.kind = "mariadb";
    db.host = "ctl";
    db.socket = "/run/db.sock";
    db.units = {"mariadb.service"};
    plan.servers.push_back(db);
    step.id = "dump.db";
    action.server = "db";
    action.databases = {{"svc.a", "a"}, {"svc.b", "b"}};
    action.accounts_component = "db.accounts";
    server.databases = {{"a", {"t"}}, {"b", {"myisam_u"}}};
    server.dumps = {{text_of({"a", "b"})}};
  }

  static std::string text_of(const std::vector<std::string>& names) {
    std::vector<testing::DatabaseText> databases;
    for (const std::string& name : names) {
      const bool first = name == "a";
      databases.push_back(
          {name,
           {{first ? "t" : "myisam_u",
             first ? std::vector<std::string>{"x", "y"} : std::vector<std::string>{"z"}, ""}}});
    }
    return testing::dump_text(databases);
  }

  Result<void> run() {
    StepContext context{.world = world,
                        .plan = plan,
                        .backup = backup,
                        .step = step,
                        .run_id = "20261122T023000Z-0a1b2c3d",
                        .stop = {},
                        .events = events,
                        .staging = &staging};
    return execute(action, context);
  }

  /// Runs and expects a failure that leaves nothing complete and every component failed.
  Error failure() {
    const Result<void> done = run();
    REQUIRE_FALSE(done.has_value());
    CHECK(snapshot.components.empty());
    CHECK(snapshot.failed.size() == 3);
    return done.error();
  }
};

TEST_CASE("a true dump gives each database its rows, code and facts") {
  DumpBench bench;
  REQUIRE(bench.run().has_value());
  CHECK(bench.snapshot.failed.empty());
  REQUIRE(bench.snapshot.components.size() == 3);
  const auto facts = read_mariadb_facts(bench.snapshot.components[1].facts);
  REQUIRE(facts.has_value());
  CHECK(bench.snapshot.components[1].source == "a on db");
  CHECK(facts->databases[0].tables.at("t").rows == 2);
  CHECK(facts->server_version == "10.11.19-MariaDB");
  CHECK(facts->tool_version == "10.11.19-MariaDB");
  CHECK(bench.snapshot.streams.at({"svc.a", "rows.sql"}) == DumpBench::text_of({"a"}));
  CHECK(bench.snapshot.streams.at({"svc.b", "rows.sql"}) == DumpBench::text_of({"b"}));
  CHECK(bench.snapshot.streams.contains({"svc.b", "code.sql"}));
  CHECK(bench.snapshot.streams.contains({"db.accounts", "accounts.sql"}));
  REQUIRE(bench.server.dumped().size() == 1);
}

TEST_CASE("a table without transactions is dumped, warned of and marked") {
  DumpBench bench;
  REQUIRE(bench.run().has_value());
  REQUIRE(bench.events.warnings.size() == 2);
  CHECK(bench.events.warnings[0].find("RELOAD") != std::string::npos);
  CHECK(bench.events.warnings[1].find("myisam_u") != std::string::npos);
  const auto facts = read_mariadb_facts(bench.snapshot.components[2].facts);
  CHECK(facts->databases[0].not_one_instant == std::vector<std::string>{"myisam_u"});
}

TEST_CASE("exit 0 without the trailer is refused") {
  DumpBench bench;
  std::string text = DumpBench::text_of({"a", "b"});
  text.resize(text.rfind("-- Dump completed"));
  bench.server.dumps = {{text}};
  CHECK(bench.failure().kind == ErrorKind::Verification);
}

TEST_CASE("a trailer with exit 2 is refused") {
  DumpBench bench;
  bench.server.dumps = {
      {DumpBench::text_of({"a", "b"}), 2, "mariadb-dump: Got errno 28 on write\n"}};
  const Error error = bench.failure();
  CHECK(error.kind == ErrorKind::ToolFailed);
  CHECK(error.message.find("errno 28") != std::string::npos);
}

TEST_CASE("no output with exit 0 is refused") {
  DumpBench bench;
  bench.server.dumps = {{""}};
  CHECK(bench.failure().kind == ErrorKind::Verification);
}

TEST_CASE("a database too few or too many is refused") {
  DumpBench bench;
  bench.server.databases["c"] = {};
  for (const auto& names : std::vector<std::vector<std::string>>{{"a"}, {"a", "b", "c"}}) {
    bench.server.dumps = {{DumpBench::text_of(names)}};
    const Error error = bench.failure();
    CHECK(error.kind == ErrorKind::Verification);
    CHECK(error.message.find("were asked for") != std::string::npos);
  }
}

TEST_CASE("unknown words on stderr are refused") {
  DumpBench bench;
  bench.server.dumps = {{DumpBench::text_of({"a", "b"}), 0, "mariadb-dump: something odd\n"}};
  const Error error = bench.failure();
  CHECK(error.kind == ErrorKind::ToolFailed);
  CHECK(error.message.find("something odd") != std::string::npos);
}

TEST_CASE("definitions that change once are dumped again") {
  DumpBench bench;
  bench.server.dumps = {{"", 2, kChanged}, {DumpBench::text_of({"a", "b"})}};
  REQUIRE(bench.run().has_value());
  CHECK(bench.server.dumped().size() == 2);
  CHECK(bench.snapshot.failed.empty());
}

TEST_CASE("definitions that keep changing fail after three dumps and name the table") {
  DumpBench bench;
  bench.server.dumps = {{"", 2, kChanged}};
  const Error error = bench.failure();
  CHECK(bench.server.dumped().size() == 3);
  CHECK(error.message.find("table `t`") != std::string::npos);
}

TEST_CASE("a table that the dump silently lost fails and is named") {
  DumpBench bench;
  bench.server.databases["a"].push_back("lost");
  const Error error = bench.failure();
  CHECK(bench.server.dumped().size() == 3);
  CHECK(error.message.find("a.lost") != std::string::npos);
}

TEST_CASE("code objects that differ before and after are dumped again") {
  DumpBench bench;
  bench.server.code = {"", "a\tVIEW\tv\n"};
  REQUIRE(bench.run().has_value());
  CHECK(bench.server.dumped().size() == 2);
  CHECK(bench.snapshot.streams.at({"svc.a", "code.sql"}).find("CREATE VIEW `v`") !=
        std::string::npos);
}

TEST_CASE("a database that is not on the server fails before anything is dumped") {
  DumpBench bench;
  bench.server.databases.erase("b");
  const Error error = bench.failure();
  CHECK(error.kind == ErrorKind::NotFound);
  CHECK(error.message.find("database `b`") != std::string::npos);
  CHECK(bench.server.dumped().empty());
}

TEST_CASE("a refused login is a matter of credentials") {
  DumpBench bench;
  bench.server.refusal = "ERROR 1045 (28000): Access denied for user 'x'@'localhost'\n";
  CHECK(bench.failure().kind == ErrorKind::Credentials);
}

TEST_CASE("a server that does not answer is named with its socket and what to start") {
  DumpBench bench;
  bench.server.refusal =
      "ERROR 2002 (HY000): Can't connect to local server through socket '/run/db.sock' (2)\n";
  const Error error = bench.failure();
  CHECK(error.kind == ErrorKind::ToolMissing);
  CHECK(error.message.find("/run/db.sock") != std::string::npos);
  CHECK(error.hint == "start it: systemctl start mariadb.service");
}

TEST_CASE("an account that may not see triggers is refused, because it would lose them silently") {
  DumpBench bench;
  bench.server.privileges = {"SELECT", "SHOW VIEW", "EVENT"};
  const Error error = bench.failure();
  CHECK(error.kind == ErrorKind::Credentials);
  CHECK(error.message.find("TRIGGER") != std::string::npos);
}

TEST_CASE("a full store ends the dump as what it is") {
  DumpBench bench;
  bench.staging.break_writes({.kind = ErrorKind::NoSpace, .message = "full"});
  CHECK(bench.failure().kind == ErrorKind::NoSpace);
}

TEST_CASE("database all takes what nobody names, each as a component of its own") {
  DumpBench bench;
  bench.action.databases = {{"svc.a", "a"}};
  bench.action.all_component = "svc.all";
  REQUIRE(bench.run().has_value());
  CHECK(bench.snapshot.streams.contains({"svc.all.b", "rows.sql"}));
  CHECK_FALSE(bench.snapshot.streams.contains({"svc.all.a", "rows.sql"}));
}

TEST_CASE("database all that finds nothing fails") {
  DumpBench bench;
  bench.action.all_component = "svc.all";
  const Result<void> done = bench.run();
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().kind == ErrorKind::NotFound);
}

TEST_CASE("views are left out of the rows and names cannot be taken for options") {
  std::map<std::string, DatabaseState> states;
  states["-x"].name = "-x";
  states["-x"].views["v"] = true;
  const auto arguments = dump_arguments(one_stream({"-x"}, states), true);
  CHECK(arguments.back() == "-x");
  CHECK(arguments[arguments.size() - 2] == "--");
  CHECK(std::count(arguments.begin(), arguments.end(), "--ignore-table=-x.v") == 1);
  CHECK(std::count(arguments.begin(), arguments.end(), "--master-data=2") == 1);
  CHECK(std::count(arguments.begin(), arguments.end(), "--single-transaction") == 1);
}

}  // namespace
}  // namespace backstay::runtime
