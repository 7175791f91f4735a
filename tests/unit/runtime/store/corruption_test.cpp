// A committed snapshot that changes by one bit is found out, and the message says where.
#include <random>

#include "tests/unit/runtime/store/random_tree.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"

namespace backstay::runtime::testing {

namespace {

// A snapshot with packs, a large file, a stream, links and special files.
std::string make_snapshot(Bench& bench) {
  const std::string source = bench.directory / "source";
  make_random_tree(source, 3);
  write_text(source + "/large", std::string(18U << 20U, 'x') + "tail");
  const auto lock = lock_policy(bench.store, bench.plan.policy, "host1", {"run", "now"});
  REQUIRE(error_of(lock).empty());
  auto staging = bench.begin();
  REQUIRE(error_of(staging).empty());
  StepContext context = bench.context(staging->get());
  REQUIRE(error_of(execute(bench.files_of(source), context)).empty());
  auto stream = (*staging)->open_stream("app.db", "rows.sql");
  REQUIRE(error_of(stream).empty());
  const std::string sql = "INSERT INTO t VALUES (1);\n";
  REQUIRE(error_of((*stream)->write(std::as_bytes(std::span(sql)))).empty());
  REQUIRE(error_of((*stream)->finish()).empty());
  REQUIRE(
      error_of((*staging)->complete("app.db", "mariadb-database", "app on db", {R"({"rows":1})"}))
          .empty());
  const auto id = (*staging)->commit();
  REQUIRE(error_of(id).empty());
  return *id;
}

std::vector<std::string> files_below(const std::string& top) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(top)) {
    if (entry.is_regular_file())
      files.push_back(entry.path().string());
  }
  return files;
}

void replace(const std::string& path, const std::string& bytes) {
  fs::permissions(path, fs::perms::owner_all);
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

}  // namespace

TEST_CASE("any damage to any file of a snapshot is found") {
  Bench bench;
  const std::string id = make_snapshot(bench);
  const std::string top = bench.store.path + "/snapshots/" + id;
  std::mt19937 random(7);
  for (const std::string& path : files_below(top)) {
    const std::string whole = read_text(path);
    std::vector<std::string> damaged;
    for (int i = 0; i < 8 && !whole.empty(); ++i) {
      std::string flipped = whole;
      char& byte = flipped[random() % flipped.size()];
      byte = static_cast<char>(byte ^ (1 << random() % 8));
      damaged.push_back(std::move(flipped));
    }
    damaged.push_back(whole.substr(0, whole.size() / 2));
    damaged.push_back(whole + "x");
    damaged.push_back(std::string(whole.size(), '\0'));
    for (const std::string& bytes : damaged) {
      if (bytes == whole)
        continue;
      replace(path, bytes);
      const auto report = bench.verify(id, 1);
      REQUIRE(error_of(report).empty());
      INFO(path);
      REQUIRE_FALSE(report->intact());
      CHECK(report->problems.front().find(id) != std::string::npos);
    }
    replace(path, whole);
  }
  CHECK(bench.verify(id, 2)->intact());
}

TEST_CASE("a missing, a foreign and a swapped file are found") {
  Bench bench;
  const std::string id = make_snapshot(bench);
  const std::string top = bench.store.path + "/snapshots/" + id;
  const std::string data = top + "/data/app.files";
  SECTION("missing") {
    fs::remove(data + "/meta.tar.zst");
  }
  SECTION("foreign") {
    fs::permissions(data, fs::perms::owner_all);
    write_text(data + "/stray", "x");
  }
  SECTION("swapped") {
    const std::string meta = read_text(data + "/meta.tar.zst");
    const std::string list = read_text(data + "/list/base-000001.jsonl.zst");
    replace(data + "/meta.tar.zst", list);
    replace(data + "/list/base-000001.jsonl.zst", meta);
  }
  const auto report = bench.verify(id, 1);
  REQUIRE(error_of(report).empty());
  REQUIRE_FALSE(report->intact());
  CHECK(report->problems.front().find("app.files") != std::string::npos);
}

TEST_CASE("damage whose sums were recomputed is found by decoding") {
  Bench bench;
  const std::string id = make_snapshot(bench);
  const std::string top = bench.store.path + "/snapshots/" + id;
  const std::string data = top + "/data/app.files";
  std::string pack;
  for (const std::string& path : files_below(data)) {
    if (path.ends_with(".tar.zst") && fs::path(path).filename().string().size() > 40)
      pack = path;
  }
  REQUIRE_FALSE(pack.empty());
  // A pack that decodes perfectly, with other content and the name of the right one.
  const std::string foreign = bench.directory / "foreign";
  write_text(foreign + "/etc/passwd", "root::0:0\n");
  const std::string command =
      "tar -C " + foreign + " --zstd -cf " + bench.directory.path() + "/forged.tar.zst etc";
  REQUIRE(std::system(command.c_str()) == 0);
  const std::string forged = read_text(bench.directory / "forged.tar.zst");
  std::string sums = read_text(top + "/SHA256SUMS");
  const std::string old_sum = to_hex(sha256(read_text(pack)));
  const std::string line_end = "  data/app.files/" + fs::path(pack).filename().string();
  const std::size_t at = sums.find(old_sum + line_end);
  REQUIRE(at != std::string::npos);
  sums.replace(at, 64, to_hex(sha256(forged)));
  replace(pack, forged);
  replace(top + "/SHA256SUMS", sums);
  const auto report = bench.verify(id, 2);
  REQUIRE(error_of(report).empty());
  REQUIRE_FALSE(report->intact());
}

TEST_CASE("an edited manifest is refused before anything is read") {
  Bench bench;
  const std::string id = make_snapshot(bench);
  const std::string path = bench.store.path + "/snapshots/" + id + "/manifest.json";
  std::string text = read_text(path);
  text.replace(text.find("\"complete\""), 10, "\"comPlete\"");
  replace(path, text);
  const auto snapshot = open_snapshot(bench.real, bench.store, id);
  REQUIRE_FALSE(snapshot);
  CHECK(snapshot.error().kind == ErrorKind::Verification);
}

}  // namespace backstay::runtime::testing
