// Several processes at one instant: how the work is split, and what is refused or falls back.
#include <algorithm>
#include <atomic>

#include "dump_text.hpp"
#include "lying_server.hpp"
#include "memory_store.hpp"
#include "runtime/database/mariadb_dump.hpp"
#include "runtime/steps/steps.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fakes.hpp"

namespace backstay::runtime {
namespace {

using testing::LyingServer;

constexpr std::uint64_t kMebibyte = 1U << 20U;

TableState table(std::uint64_t mebibytes, bool transactional = true) {
  return {.type = "BASE TABLE",
          .engine = transactional ? "InnoDB" : "MyISAM",
          .transactional = transactional,
          .estimated_rows = 1,
          .bytes = mebibytes * kMebibyte};
}

std::map<std::string, DatabaseState> sample_states() {
  std::map<std::string, DatabaseState> states;
  states["nova"].name = "nova";
  states["nova"].tables = {
      {"instances", table(500)}, {"small", table(1)}, {"old", table(2, false)}};
  states["nova"].views = {{"v", true}};
  states["glance"].name = "glance";
  states["glance"].tables = {{"images", table(3)}};
  return states;
}

/// Every table of `states` by the stream that has it; a view, or a table in two streams, fails.
std::map<std::string, std::string> placed(const std::vector<DumpPart>& parts,
                                          const std::map<std::string, DatabaseState>& states) {
  std::map<std::string, std::string> places;
  for (const DumpPart& part : parts) {
    for (const DumpSection& section : part.sections) {
      for (const auto& [name, facts] : states.at(section.database).tables) {
        if (section.leave_out.contains(name))
          continue;
        CHECK(places.emplace(section.database + "." + name, section.stream).second);
      }
      for (const auto& [view, valid] : states.at(section.database).views)
        CHECK(section.leave_out.contains(view));
    }
  }
  return places;
}

TEST_CASE("a large table and those without transactions get streams of their own") {
  const auto states = sample_states();
  const auto parts = parallel_parts({"glance", "nova"}, states);
  REQUIRE(parts.size() == 4);
  CHECK(parts[0].held);
  const std::map<std::string, std::string> expected = {{"glance.images", "rows.sql"},
                                                       {"nova.instances", "rows.instances.sql"},
                                                       {"nova.old", "rows-held.sql"},
                                                       {"nova.small", "rows.sql"}};
  CHECK(placed(parts, states) == expected);
  CHECK(parts[1].sections[0].stream == "rows.instances.sql");
}

TEST_CASE("tables that mariadb-dump cannot tell apart are not split") {
  auto states = sample_states();
  states["nova"].tables["Instances"] = table(1);
  const auto parts = parallel_parts({"glance", "nova"}, states);
  CHECK(parts.size() == 2);
  for (const auto& [name, stream] : placed(parts, states))
    CHECK(stream == "rows.sql");
}

TEST_CASE("large tables without transactions do not keep commits waiting") {
  auto states = sample_states();
  states["nova"].tables["old"] = table(100, false);
  for (const DumpPart& part : parallel_parts({"glance", "nova"}, states))
    CHECK_FALSE(part.held);
}

TEST_CASE("hundreds of databases share a few processes") {
  std::map<std::string, DatabaseState> states;
  std::vector<std::string> names;
  for (int number = 0; number < 300; ++number) {
    names.push_back("d" + std::to_string(number));
    states[names.back()].name = names.back();
    states[names.back()].tables = {{"t", table(1)}};
  }
  const auto parts = parallel_parts(names, states);
  CHECK(parts.size() == 16);
  CHECK(placed(parts, states).size() == 300);
}

TEST_CASE("several processes need a server and an account that can hold commits") {
  plan::Server server;
  server.socket = "/run/db.sock";
  const auto states = sample_states();
  const ServerState good{.version = "10.11.19-MariaDB", .binary_log = false, .may_hold = true};
  const auto way = [&](const ServerState& state) {
    return choose_way(server, state, {"glance", "nova"}, states);
  };
  CHECK(way(good).parallel());
  ServerState state = good;
  state.may_hold = false;
  CHECK(way(state).why_one_stream.find("RELOAD") != std::string::npos);
  state = good;
  state.version = "8.0.36";
  CHECK(way(state).why_one_stream.find("BACKUP STAGE") != std::string::npos);
  server.socket.clear();
  server.address = "db.example";
  CHECK(way(good).why_one_stream.find("binary log") != std::string::npos);
  state = good;
  state.binary_log = true;
  CHECK(way(state).parallel());
  CHECK(way(state).why_one_stream.empty());
}

/// A dump step over databases `a` and `b`, with an account that may hold commits.
struct ParallelBench {
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

  ParallelBench() {
    plan::Server db;
    db.name = "db";
    db.kind = "mariadb";
    db.socket = "/run/db.sock";
    plan.servers.push_back(db);
    step.id = "dump.db";
    action.server = "db";
    action.databases = {{"svc.a", "a"}, {"svc.b", "b"}};
    server.databases = {{"a", {"t"}}, {"b", {"u"}}};
    server.privileges.emplace_back("RELOAD");
    server.dump_of = [](const Command& command) { return LyingServer::Dump{text_for(command)}; };
  }

  static std::string text_for(const Command& command) {
    const auto from = std::find(command.arguments.begin(), command.arguments.end(), "--");
    std::vector<testing::DatabaseText> databases;
    for (auto name = from + 1; name != command.arguments.end(); ++name)
      databases.push_back({*name, {{*name == "a" ? "t" : "u", {"x"}, ""}}});
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

  MariadbFacts facts() {
    REQUIRE_FALSE(snapshot.components.empty());
    return *read_mariadb_facts(snapshot.components[0].facts);
  }
};

TEST_CASE("two databases are dumped by two processes under the lock") {
  ParallelBench bench;
  REQUIRE(bench.run().has_value());
  CHECK(bench.server.dumped().size() == 2);
  CHECK(bench.facts().way == "parallel");
  CHECK(bench.facts().gtid == "0-1-1");
  CHECK(bench.snapshot.streams.at({"svc.b", "rows.sql"}).find("INTO `u`") != std::string::npos);
  CHECK(bench.events.warnings.empty());
}

TEST_CASE("a lock that is not given falls back to one stream, and says so") {
  ParallelBench bench;
  bench.server.held.clear();
  REQUIRE(bench.run().has_value());
  CHECK(bench.facts().way == "one-stream");
  CHECK(bench.server.dumped().size() == 1);
  REQUIRE(bench.events.warnings.size() == 1);
  CHECK(bench.events.warnings[0].find("one stream") != std::string::npos);
}

TEST_CASE("a lock that was lost before it was let go proves nothing") {
  ParallelBench bench;
  bench.server.released.clear();
  const Result<void> done = bench.run();
  REQUIRE_FALSE(done.has_value());
  CHECK(to_string(done.error()).find("releasing the backup lock") != std::string::npos);
  CHECK(bench.snapshot.components.empty());
}

TEST_CASE("a client that reads on after a refused lock does not pass for one that has it") {
  ParallelBench bench;
  bench.server.held = "staged\t1\nheld\t0-1-1\n";
  REQUIRE(bench.run().has_value());
  CHECK(bench.facts().way == "one-stream");
  ParallelBench lost;
  lost.server.released = "released\t1\n";
  CHECK_FALSE(lost.run().has_value());
  CHECK(lost.snapshot.components.empty());
}

TEST_CASE("one process that fails fails all, by its own words") {
  ParallelBench bench;
  bench.server.dump_of = [](const Command& command) {
    if (command.arguments.back() == "a")
      return LyingServer::Dump{ParallelBench::text_for(command)};
    return LyingServer::Dump{"", 2, "mariadb-dump: Got errno 28 on write\n"};
  };
  const Result<void> done = bench.run();
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().message.find("errno 28") != std::string::npos);
  CHECK(bench.snapshot.components.empty());
}

TEST_CASE("definitions that change under one process dump the whole group again") {
  ParallelBench bench;
  std::atomic<int> failures = 1;
  bench.server.dump_of = [&failures](const Command& command) {
    if (command.arguments.back() == "b" && failures-- > 0) {
      return LyingServer::Dump{"", 2, "mariadb-dump: Error 1412: Table definition has changed\n"};
    }
    return LyingServer::Dump{ParallelBench::text_for(command)};
  };
  REQUIRE(bench.run().has_value());
  CHECK(bench.server.dumped().size() == 4);
  CHECK(bench.facts().way == "parallel");
}

}  // namespace
}  // namespace backstay::runtime
