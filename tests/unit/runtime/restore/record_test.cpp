// The record of a restore: what is written is read again, what a kill tore is passed over, and
// nothing that comes back puts a path or a name out of its shape.
#include <csignal>
#include <thread>
#include <vector>

#include <sys/stat.h>

#include "runtime/database/mariadb_undo.hpp"
#include "runtime/prune/prune_facts.hpp"
#include "runtime/restore/merge_list.hpp"
#include "runtime/restore/obstacles.hpp"
#include "runtime/restore/restore_record.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"

namespace backstay::runtime::testing {
namespace {

RestoreHeader header_called(const std::string& id) {
  return {.id = id,
          .policy = "cloud",
          .backup = "nightly",
          .host = "ctl01",
          .store = "/srv/store",
          .snapshot = "00000007-x",
          .plan_digest = std::string(64, 'a'),
          .scope = "--in-place",
          .started = "2026-11-22T02:30:00Z",
          .components = {"nova.etc"},
          .approved = {"stop.nova@ctl01"}};
}

}  // namespace

TEST_CASE("a record is read as it was written, whatever bytes its names have") {
  Bench bench;
  const std::string state = bench.directory / "state";
  const std::string odd = std::string("/srv/\xff\n\"odd", 11);
  {
    auto record =
        RestoreRecord::begin(bench.real, bench.clock, state, header_called("r-1"), "plan\n");
    REQUIRE(error_of(record).empty());
    const auto first = (*record)->about_to(PathExchanged{.component = "nova.etc",
                                                         .path = odd,
                                                         .aside = odd + ".orig",
                                                         .old = {7, 8},
                                                         .fresh = {9, 10}});
    REQUIRE(error_of(first).empty());
    REQUIRE(error_of((*record)->made(*first)).empty());
    REQUIRE((*record)->about_to(MariadbExchanged{.component = "db.nova",
                                                 .server = "db",
                                                 .target = "nova",
                                                 .old_tables = {"a", "b"},
                                                 .code_body_at = 12}));
    REQUIRE((*record)->note(RestoreEvent::UnitHeld, "nova-api.service"));
    CHECK(fs::exists((*record)->marker()));
  }
  const auto all = read_restores(bench.real, state);
  REQUIRE(all.size() == 1);
  CHECK(all[0].state == RestoreState::Incomplete);
  CHECK(all[0].header.approved == std::set<std::string>{"stop.nova@ctl01"});
  REQUIRE(all[0].changes.size() == 2);
  CHECK(all[0].changes[0].state == ChangeState::Made);
  CHECK(all[0].changes[1].state == ChangeState::Noted);
  const auto& exchanged = std::get<PathExchanged>(all[0].changes[0].change);
  CHECK(exchanged.path == odd);
  CHECK(exchanged.old == FileIdentity{7, 8});
  CHECK(std::get<MariadbExchanged>(all[0].changes[1].change).old_tables ==
        std::vector<std::string>{"a", "b"});
  CHECK(all[0].held == std::vector<std::string>{"nova-api.service"});
}

TEST_CASE("what several imports note at once is in one order, with nothing missing") {
  Bench bench;
  const std::string state = bench.directory / "state";
  constexpr std::size_t kThreads = 8;
  constexpr std::size_t kEach = 25;
  {
    auto record =
        RestoreRecord::begin(bench.real, bench.clock, state, header_called("r-1"), "plan\n");
    REQUIRE(error_of(record).empty());
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (std::size_t i = 0; i < kEach; ++i) {
          const auto number = (*record)->about_to(CommandFed{"c." + std::to_string(thread), {"x"}});
          if (number)
            (void)(*record)->made(*number);
        }
      });
    }
  }
  const auto all = read_restores(bench.real, state);
  REQUIRE(all.size() == 1);
  REQUIRE(all[0].changes.size() == kThreads * kEach);
  for (const RecordedChange& each : all[0].changes)
    CHECK(each.state == ChangeState::Made);
}

TEST_CASE("a line that a kill tore is passed over, a line that is broken is not") {
  Bench bench;
  const std::string state = bench.directory / "state";
  {
    auto record =
        RestoreRecord::begin(bench.real, bench.clock, state, header_called("r-1"), "plan\n");
    REQUIRE(error_of(record).empty());
    REQUIRE((*record)->about_to(CommandFed{"a.b", {"x"}}));
  }
  const std::string lines = state + "/restores/r-1/record.jsonl";
  std::ofstream(lines, std::ios::app) << R"({"n":2,"chan)";
  SECTION("torn, and written on") {
    {
      auto record = RestoreRecord::open(bench.real, bench.clock, state, "r-1");
      REQUIRE(error_of(record).empty());
      REQUIRE((*record)->content().changes.size() == 1);
      const auto second = (*record)->about_to(CommandFed{"c.d", {"y"}});
      REQUIRE(error_of(second).empty());
      CHECK(*second == 2);
    }
    CHECK(read_restores(bench.real, state)[0].changes.size() == 2);
  }
  SECTION("broken: it is named, and no restore is taken for complete") {
    std::ofstream(lines, std::ios::app) << "\n{\"n\":9,\"mark\":\"made\"}\n";
    std::vector<std::string> problems;
    CHECK(read_restores(bench.real, state, &problems).empty());
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].find("r-1") != std::string::npos);
  }
}

TEST_CASE("two hands never work on one restore") {
  Bench bench;
  const std::string state = bench.directory / "state";
  const auto record =
      RestoreRecord::begin(bench.real, bench.clock, state, header_called("r-1"), "plan\n");
  REQUIRE(error_of(record).empty());
  const auto second = RestoreRecord::open(bench.real, bench.clock, state, "r-1");
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == ErrorKind::Busy);
}

TEST_CASE("the order of restores is not that of their names, which tell seconds only") {
  Bench bench;
  const std::string state = bench.directory / "state";
  for (const std::string id : {"r-9", "r-1", "r-5"})
    REQUIRE(RestoreRecord::begin(bench.real, bench.clock, state, header_called(id), "plan\n"));
  CHECK(find_restore(bench.real, state, "latest")->header.id == "r-5");
  CHECK(find_restore(bench.real, state, "r-").error().kind == ErrorKind::Usage);
  CHECK(find_restore(bench.real, state, "other").error().kind == ErrorKind::NotFound);
}

TEST_CASE("what a restore kept first stays until a week after its end, however old it is") {
  Bench bench;
  const std::string state = bench.directory / "state";
  auto record =
      RestoreRecord::begin(bench.real, bench.clock, state, header_called("r-1"), "plan\n");
  REQUIRE(error_of(record).empty());
  REQUIRE((*record)->note(RestoreEvent::KeptCurrent, "kept"));
  REQUIRE((*record)->note(RestoreEvent::Finished));
  const auto held_after = [&](std::chrono::hours passed) {
    const auto now = std::chrono::floor<std::chrono::seconds>(bench.clock.now()) + passed;
    PruneFacts facts{.retention = {}, .points = std::vector<PrunePoint>(2), .now = now};
    facts.points[0].id = "kept";
    facts.points[1].id = "other";
    hold_for_restores(bench.real, state, facts);
    CHECK(facts.points[1].held.empty());
    return facts.points[0].held;
  };
  CHECK(held_after(std::chrono::days(400)) == "restore r-1 is neither committed nor undone");
  REQUIRE((*record)->note(RestoreEvent::Committed));
  CHECK(held_after(std::chrono::days(6)) == "restore r-1 was committed less than a week ago");
  CHECK(held_after(std::chrono::days(7) + std::chrono::hours(1)).empty());
}

TEST_CASE("a list of entries that leads out of its tree is refused") {
  const std::vector<MergeEntry> entries = {
      {.action = MergeAction::Replaced, .path = "a/b"},
      {.action = MergeAction::Created, .path = "\xff", .fresh = {3, 4}},
      {.action = MergeAction::Directory,
       .path = "",
       .directory = {
           .mode = 0750, .uid = 1, .gid = 2, .mtime = -5, .attributes = {{"user.x", "1"}}}}};
  const auto read = parse_merge_list(to_text(entries));
  REQUIRE(error_of(read).empty());
  REQUIRE(read->size() == 3);
  CHECK((*read)[1].path == "\xff");
  CHECK((*read)[1].fresh == FileIdentity{3, 4});
  CHECK((*read)[2].directory.mode == 0750);
  CHECK((*read)[2].directory.attributes.at(0).value == "1");
  CHECK_FALSE(parse_merge_list(R"({"action":"replaced","path":"../etc/shadow"})"));
  CHECK_FALSE(parse_merge_list(R"({"action":"replaced","path":"/etc/shadow"})"));
}

TEST_CASE("accounts go back to what they were, and what others did since stays") {
  const std::string before =
      "CREATE USER IF NOT EXISTS `nova`@`%` IDENTIFIED BY PASSWORD '*OLD';\n"
      "ALTER USER `nova`@`%` IDENTIFIED BY PASSWORD '*OLD';\n"
      "GRANT SELECT ON `nova`.* TO `nova`@`%`;\n";
  const std::string restored =
      "CREATE ROLE IF NOT EXISTS `reader`;\n"
      "CREATE USER IF NOT EXISTS `nova`@`%` IDENTIFIED BY PASSWORD '*NEW';\n"
      "CREATE USER IF NOT EXISTS `heat`@`%` IDENTIFIED BY PASSWORD '*HEAT';\n"
      "GRANT SELECT, INSERT ON `nova`.* TO `nova`@`%` WITH GRANT OPTION;\n"
      "GRANT `reader` TO `nova`@`%`;\n";
  const std::string now = restored +
                          "CREATE USER IF NOT EXISTS `later`@`%` IDENTIFIED BY PASSWORD '*L';\n"
                          "GRANT DELETE ON `nova`.* TO `later`@`%`;\n";
  const std::string sql = accounts_back(before, now, restored);
  CHECK(sql.find("DROP USER IF EXISTS `heat`@`%`;") != std::string::npos);
  CHECK(sql.find("DROP ROLE IF EXISTS `reader`;") != std::string::npos);
  CHECK(sql.find("REVOKE SELECT, INSERT, GRANT OPTION ON `nova`.* FROM `nova`@`%`;") !=
        std::string::npos);
  CHECK(sql.find("REVOKE `reader` FROM `nova`@`%`;") != std::string::npos);
  CHECK(sql.find("ALTER USER `nova`@`%` IDENTIFIED BY PASSWORD '*OLD';") != std::string::npos);
  CHECK(sql.find("GRANT SELECT ON `nova`.* TO `nova`@`%`;") != std::string::npos);
  CHECK(sql.find("later") == std::string::npos);
}

TEST_CASE(
    "who writes into a tree is found, who reads is told apart, what is left out is not looked at") {
  Bench bench;
  const std::string tree = bench.directory / "tree";
  write_text(tree + "/kept/file", "x");
  write_text(tree + "/out/disk", "x");
  const Selector selector({{tree + "/out", "disks"}}, {});
  // The shell opens the files of a command before it becomes the command.
  const auto child = [&](const std::string& command) {
    const std::string line = command + " & echo $! >'" + std::string(bench.directory / "pid") + "'";
    REQUIRE(std::system(line.c_str()) == 0);
    const std::string pid = std::to_string(std::stoi(read_text(bench.directory / "pid")));
    while (read_text("/proc/" + pid + "/comm") != "sleep\n")
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return std::stoi(pid);
  };
  const int reader = child("sleep 60 <'" + tree + "/kept/file' >/dev/null 2>&1");
  const int apart = child("sleep 60 >'" + tree + "/out/disk' 2>/dev/null </dev/null");
  CHECK(refuse_writers(find_holders({tree}, selector)));
  const int writer = child("sleep 60 >'" + tree + "/kept/file' 2>/dev/null </dev/null");
  const auto refused = refuse_writers(find_holders({tree}, selector));
  for (const int process : {reader, apart, writer})
    kill(process, SIGKILL);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::Refused);
  CHECK(refused.error().message.find("(" + std::to_string(writer) + ")") != std::string::npos);
}

}  // namespace backstay::runtime::testing
