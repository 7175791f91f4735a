// Data files: what mariadb-backup has to say, and what an mbstream may hold.
#include "runtime/database/mariadb_physical.hpp"

#include "memory_store.hpp"
#include "runtime/database/galera.hpp"
#include "runtime/database/mbstream_check.hpp"
#include "runtime/drill/drill_data_files.hpp"
#include "runtime/steps/steps.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/temporary_directory.hpp"

namespace backstay::runtime {
namespace {

std::string little(std::uint64_t value, std::size_t size) {
  std::string bytes;
  for (std::size_t index = 0; index < size; ++index)
    bytes += static_cast<char>(value >> (8 * index) & 0xFFU);
  return bytes;
}

/// One file in an mbstream.
std::string file_text(const std::string& name, const std::string& content) {
  const std::string head = std::string("XBSTCK01") + '\0';
  return head + 'P' + little(name.size(), 4) + name + little(content.size(), 8) + little(0, 8) +
         little(0, 4) + content + head + 'E' + little(name.size(), 4) + name;
}

Result<void> check(const std::string& text, std::size_t piece) {
  MbstreamCheck check;
  for (std::size_t at = 0; at < text.size(); at += piece)
    BACKSTAY_TRY(
        check.feed(std::as_bytes(std::span(text)).subspan(at, std::min(piece, text.size() - at))));
  return check.finish();
}

/// mariadb-backup and a server as a script.
class LyingTool final : public CommandRunner {
 public:
  std::string stream;
  std::string errors;
  int status = 0;
  std::string version =
      "mariadb-backup based on MariaDB server 10.11.19-MariaDB debian-linux-gnu\n";

  Result<Exit> run(const Command& command, std::stop_token /*stop*/) override {
    if (!command.program.ends_with("/mariadb-backup"))
      return Exit{.output = "10.11.19-MariaDB\t0\t16777216\t0\n"};
    if (command.arguments.back() == "--version")
      return Exit{.output = version};
    BACKSTAY_TRY(command.standard_output(std::as_bytes(std::span(stream))));
    return Exit{.code = status, .output = {}, .errors = errors};
  }
};

/// Staging with a place for small files.
class ScratchStaging final : public Staging {
 public:
  ScratchStaging(testing::MemorySnapshot& snapshot, std::string scratch)
      : memory_(snapshot), scratch_(std::move(scratch)) {}

  Result<std::unique_ptr<StreamWriter>> open_stream(const std::string& component,
                                                    const std::string& name) override {
    return memory_.open_stream(component, name);
  }

  Result<void> archive_files(const plan::ArchiveFiles& files, StepContext& context) override {
    return memory_.archive_files(files, context);
  }

  Result<void> complete(const std::string& component,
                        const std::string& kind,
                        const std::string& source,
                        const ComponentFacts& facts) override {
    return memory_.complete(component, kind, source, facts);
  }

  void fail(const std::string& component, const std::string& why) override {
    memory_.fail(component, why);
  }

  [[nodiscard]] std::string scratch_directory() const override { return scratch_; }

  Result<std::string> commit() override { return memory_.commit(); }

  [[nodiscard]] Completeness completeness() const override { return memory_.completeness(); }

  [[nodiscard]] std::string snapshot_id() const override { return memory_.snapshot_id(); }

 private:
  testing::MemoryStaging memory_;
  std::string scratch_;
};

Result<MariadbServer> server_of(LyingTool& tool) {
  plan::Server server;
  server.name = "db";
  server.socket = "/run/db.sock";
  return MariadbServer::open(server, {.runner = tool, .stop = {}});
}

Result<PhysicalFacts> copy_with(LyingTool& tool, testing::MemorySnapshot& snapshot) {
  const test::TemporaryDirectory place;
  test::FakeClock clock;
  RealFilesystem files;
  World world{clock, files, tool, {"/nowhere", "/nowhere", "/nowhere"}};
  const plan::Plan plan;
  const plan::Backup backup;
  const plan::Step step;
  testing::NotedEvents events;
  ScratchStaging staging(snapshot, place.path());
  StepContext context{.world = world,
                      .plan = plan,
                      .backup = backup,
                      .step = step,
                      .run_id = "run",
                      .stop = {},
                      .events = events,
                      .staging = &staging};
  BACKSTAY_ASSIGN(const MariadbServer server, server_of(tool));
  return copy_server(server, "10.11.19-MariaDB-log", "db.data", context);
}

constexpr const char* kGood =
    "[00] 2026-11-22 14:34:17 MySQL binlog position: filename 'binlog.000001', position '240', "
    "GTID "
    "of the last change '0-1-582'\n[00] 2026-11-22 14:34:17 completed OK!\n";

TEST_CASE("a scratch server takes only known and harmless options from beside data files") {
  CHECK(data_file_options("[mysqld]\ninnodb_data_file_path=ibdata1:12M;ibdata2:10M:autoextend\n"
                          "innodb_page_size=65536\ninnodb_undo_tablespaces=3\n") ==
        std::vector<std::string>{"--innodb-data-file-path=ibdata1:12M;ibdata2:10M:autoextend",
                                 "--innodb-page-size=65536", "--innodb-undo-tablespaces=3"});
  CHECK(data_file_options("init_file=/tmp/x\nplugin_load_add=evil\n"
                          "innodb_data_file_path=/var/lib/mysql/ibdata1:12M\n"
                          "innodb_page_size=16384 --init-file=/x\n"
                          "innodb_data_file_path=..\ninnodb_page_size\n=\n")
            .empty());
}

TEST_CASE("a table whose file lies outside of the data directory is refused by its link") {
  const auto refused = check(file_text("nova/t.isl", "/srv/t.ibd"), 7);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::Refused);
  CHECK(refused.error().message.find("nova/t.isl") != std::string::npos);
  CHECK(check(file_text("nova/isl.ibd", "x"), 7));
}

TEST_CASE("a copy of data files counts when it says so, and knows its coordinates") {
  LyingTool tool;
  tool.stream = file_text("ibdata1", "x");
  tool.errors = kGood;
  testing::MemorySnapshot snapshot;
  const auto facts = copy_with(tool, snapshot);
  REQUIRE(facts.has_value());
  CHECK(facts->log_file == "binlog.000001");
  CHECK(facts->log_position == 240);
  CHECK(facts->gtid == "0-1-582");
  CHECK(facts->files == 1);
  CHECK(read_physical_facts(to_json(*facts)).value() == *facts);
  CHECK(snapshot.streams.at({"db.data", kPhysicalStream}) == tool.stream);
}

TEST_CASE("exit 0 without `completed OK!` is refused, and so is the word with exit 1") {
  for (const int status : {0, 1}) {
    LyingTool tool;
    tool.stream = file_text("ibdata1", "x");
    tool.status = status;
    tool.errors = status == 0 ? "[00] 2026-11-22 14:34:17 Streaming ibdata1\n" : kGood;
    testing::MemorySnapshot snapshot;
    const auto facts = copy_with(tool, snapshot);
    REQUIRE_FALSE(facts.has_value());
    CHECK(facts.error().kind == (status == 0 ? ErrorKind::Verification : ErrorKind::ToolFailed));
  }
}

TEST_CASE("a stream that is cut is refused, whatever the tool says") {
  LyingTool tool;
  tool.stream = file_text("ibdata1", "x");
  tool.stream.pop_back();
  tool.errors = kGood;
  testing::MemorySnapshot snapshot;
  CHECK_FALSE(copy_with(tool, snapshot).has_value());
}

TEST_CASE("a tool of another release is refused by the version that it must have") {
  LyingTool tool;
  tool.version = "mariadb-backup based on MariaDB server 11.4.2-MariaDB Linux\n";
  testing::MemorySnapshot snapshot;
  const auto facts = copy_with(tool, snapshot);
  REQUIRE_FALSE(facts.has_value());
  CHECK(facts.error().hint.find("10.11") != std::string::npos);
}

TEST_CASE("names that lead out of the directory are refused, wherever the stream is cut") {
  const std::string good = file_text("nova/t.ibd", "0123456789") + file_text("a..b", "");
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{4096}}) {
    CHECK(check(good, piece).has_value());
    for (const std::string name : {"../x", "/etc/passwd", "a/../../x", "..", "a/.."}) {
      const auto refused = check(good + file_text(name, "x"), piece);
      REQUIRE_FALSE(refused.has_value());
      CHECK(refused.error().message.find(name) != std::string::npos);
    }
    CHECK_FALSE(check("", piece).has_value());
    CHECK_FALSE(check("not a stream at all, but long enough", piece).has_value());
    CHECK_FALSE(check(good.substr(0, good.size() - 3), piece).has_value());
  }
}

TEST_CASE("a node is dumped only when it is synced, in the primary component and nobody's") {
  const GaleraState good{
      .on = true, .ready = true, .state = 4, .comment = "Synced", .status = "Primary", .size = 3};
  CHECK(why_not_synced(good).empty());
  for (const auto change :
       std::vector<void (*)(GaleraState&)>{[](GaleraState& state) { state.on = false; },
                                           [](GaleraState& state) { state.ready = false; },
                                           [](GaleraState& state) { state.state = 2; },
                                           [](GaleraState& state) { state.status = "non-Primary"; },
                                           [](GaleraState& state) { state.desynced = true; }}) {
    GaleraState state = good;
    change(state);
    CHECK_FALSE(why_not_synced(state).empty());
  }
}

TEST_CASE("the way back of a desync names how the server is reached, and no password") {
  plan::Server server;
  server.name = "db";
  server.socket = "/run/db.sock";
  server.login_file = "/etc/login.cnf";
  CHECK(sync_node_undo(server, nullptr).arguments ==
        std::vector<std::string>{"db", "/run/db.sock", "", "0", "file", "/etc/login.cnf"});
  server.login_file.clear();
  plan::Secret secret{.name = "login"};
  secret.command = {"vault", "read", "db"};
  CHECK(sync_node_undo(server, &secret).arguments ==
        std::vector<std::string>{"db", "/run/db.sock", "", "0", "command", "vault", "read", "db"});
}

}  // namespace
}  // namespace backstay::runtime
