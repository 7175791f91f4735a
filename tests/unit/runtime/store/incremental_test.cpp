// A chain of snapshots, each of which is whole by itself: what did not change is linked and not
// read again, and what did is there, whatever the change was.
#include <algorithm>

#include <sys/stat.h>

#include "runtime/archive/known_entries.hpp"
#include "runtime/archive/live_names.hpp"
#include "runtime/archive/part_record.hpp"
#include "tests/support/fakes.hpp"
#include "tests/unit/runtime/store/chain_fixture.hpp"

namespace backstay::runtime::testing {

namespace {

// How many parts of a snapshot another one has too.
std::size_t shared_parts(const Bench& bench, const std::string& id) {
  return static_cast<std::size_t>(std::ranges::count_if(
      parts_in(bench, id), [](const std::string& path) { return fs::hard_link_count(path) > 1; }));
}

void remove_snapshot(const Bench& bench, const std::string& id) {
  const std::string path = bench.store.path + "/snapshots/" + id;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_directory())
      fs::permissions(entry.path(), fs::perms::owner_all);
  }
  fs::permissions(path, fs::perms::owner_all);
  fs::remove_all(path);
}

void check_chain(std::uint64_t seed) {
  Bench bench;
  const std::string source = bench.directory / "source";
  const auto action = bench.files_of(source);
  make_random_tree(source, seed);
  write_text(source + "/large", std::string(20U << 20U, 'l') + std::to_string(seed));
  std::vector<std::pair<std::string, TreeDescription>> chain;
  for (std::uint64_t run = 0; run < 4; ++run) {
    if (run > 0)
      change_random_tree(source, seed * 100 + run);
    bench.settle();
    bench.again.all = run == 3 && seed % 2 == 0;
    const auto id = bench.back_up(action);
    INFO("seed " << seed << ", run " << run);
    REQUIRE(error_of(id).empty());
    if (run > 0)
      CHECK(shared_parts(bench, *id) > 0);
    chain.emplace_back(*id, describe_tree(source));
  }
  std::erase_if(bench.events.warnings, [](const std::string& warning) {
    return warning.ends_with("sockets left out: programs make them anew");
  });
  CHECK(bench.events.warnings == std::vector<std::string>{});
  remove_snapshot(bench, chain[seed % chain.size()].first);
  for (std::size_t i = 0; i < chain.size(); ++i) {
    INFO("seed " << seed << ", snapshot " << i);
    if (i != seed % chain.size())
      check_restores(bench, action, chain[i].first, chain[i].second, std::to_string(i));
  }
}

// The memory of a component, its records changed by `change`; bound as it was.
void rewrite_memory(Bench& bench, const std::function<void(KnownEntry&)>& change) {
  const std::string path = memory_file(bench, ".entries");
  const std::string bound = memory_file(bench, ".parts");
  REQUIRE_FALSE(path.empty());
  const std::string before = to_hex(sha256(read_text(path)));
  auto file = bench.real.open_read(path);
  REQUIRE(file);
  KnownEntriesReader reader(FrameReader(std::move(*file), path));
  auto written = bench.real.create(path + ".changed", 0600);
  REQUIRE(written);
  KnownEntriesWriter writer(std::move(*written), KnownEntriesWriter::Form::Whole);
  while (true) {
    const KnownRecord record = reader.next_record();
    if (record.bytes.empty())
      break;
    auto known = parse_known(record.bytes);
    if (!known) {
      REQUIRE(writer.keep(record));
      continue;
    }
    change(*known);
    std::string changed;
    append_known_head(changed, *known);
    append_known_tail(changed, known->entry.part, known->entry.frame);
    REQUIRE(writer.add(changed));
  }
  REQUIRE_FALSE(reader.damaged());
  REQUIRE(writer.finish());
  fs::rename(path + ".changed", path);
  std::string text = read_text(bound);
  const std::size_t at = text.find(before);
  REQUIRE(at != std::string::npos);
  text.replace(at, before.size(), to_hex(writer.digest()));
  write_text(bound, text);
}

}  // namespace

TEST_CASE("a chain of snapshots of a changing tree restores from each, also when one is removed") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed)
    check_chain(seed);
}

TEST_CASE("what did not change is linked, and nothing new is stored for it") {
  Bench bench;
  const std::string source = bench.directory / "source";
  for (int i = 0; i < 40; ++i)
    write_text(source + "/f" + std::to_string(i), "content " + std::to_string(i));
  write_text(source + "/large", std::string(17U << 20U, 'l'));
  bench.settle();
  const auto first = bench.back_up(bench.files_of(source));
  REQUIRE(error_of(first).empty());
  const auto second = bench.back_up(bench.files_of(source));
  REQUIRE(error_of(second).empty());
  for (const std::string& path : parts_in(bench, *second)) {
    if (!path.ends_with("component.json"))
      CHECK(fs::hard_link_count(path) == 2);
  }
  CHECK(bench.events.warnings.empty());

  SECTION("a pack of which a file changed says which of its names are dead") {
    write_text(source + "/f7", "changed");
    const auto third = bench.back_up(bench.files_of(source));
    REQUIRE(error_of(third).empty());
    const std::string pack = pack_of(bench, *first);
    const std::string name = data_of(bench, *third) + "/" +
                             fs::path(pack).filename().string().substr(0, 64) + kDeadSuffix;
    CHECK(fs::exists(name));
    CHECK(bench.verify(*third, 2)->intact());
    const auto fourth = bench.back_up(bench.files_of(source));
    REQUIRE(error_of(fourth).empty());
    CHECK(fs::hard_link_count(name) == 2);  // it is linked too, being the same
  }
  SECTION("a change at one place of a large file stores about what changed") {
    std::string content;
    std::uint64_t state = 1;
    while (content.size() < (40U << 20U)) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      content.append(reinterpret_cast<const char*>(&state), 8);
    }
    write_text(source + "/large", content);
    const auto third = bench.back_up(bench.files_of(source));
    REQUIRE(error_of(third).empty());
    write_text(source + "/large", content.insert(20U << 20U, "some bytes in the middle"));
    const auto fourth = bench.back_up(bench.files_of(source));
    REQUIRE(error_of(fourth).empty());
    std::uintmax_t added = 0;
    for (const std::string& path : parts_in(bench, *fourth))
      added += fs::hard_link_count(path) == 1 ? fs::file_size(path) : 0;
    CHECK(added < (33U << 20U));
    CHECK(added > 0);
    CHECK(bench.verify(*fourth, 2)->intact());
  }
}

TEST_CASE("without what earlier runs remember a run reads everything, and says so") {
  Bench bench;
  const std::string source = bench.directory / "source";
  write_text(source + "/a", "content");
  bench.settle();
  const auto first = bench.back_up(bench.files_of(source));
  REQUIRE(error_of(first).empty());
  CHECK(bench.events.warnings.empty());
  const std::string cache = bench.world->directories.state + "/cache";
  SECTION("it is gone") {
    fs::remove_all(cache);
  }
  SECTION("it is cut short") {
    for (const auto& entry : fs::recursive_directory_iterator(cache)) {
      if (entry.path().extension() == ".parts")
        fs::resize_file(entry.path(), fs::file_size(entry.path()) / 2);
    }
  }
  SECTION("the snapshot that it belongs to is gone") {
    write_text(source + "/b", "another");
    bench.settle();
    const auto kept = bench.back_up(bench.files_of(source));
    REQUIRE(error_of(kept).empty());
    remove_snapshot(bench, *kept);
  }
  const auto next = bench.back_up(bench.files_of(source));
  REQUIRE(error_of(next).empty());
  REQUIRE(bench.events.warnings.size() == 1);
  CHECK(bench.events.warnings.front().find("read and stored anew") != std::string::npos);
  CHECK(shared_parts(bench, *next) == 0);
  CHECK(bench.verify(*next, 2)->intact());
  const auto after = bench.back_up(bench.files_of(source));
  REQUIRE(error_of(after).empty());
  CHECK(shared_parts(bench, *after) > 0);
}

TEST_CASE("nothing is linked from a partial snapshot, nor remembered of it") {
  Bench bench;
  const std::string source = bench.directory / "source";
  write_text(source + "/a", "content");
  bench.settle();
  {
    auto staging = bench.begin();
    REQUIRE(error_of(staging).empty());
    StepContext with = bench.context(staging->get());
    REQUIRE(execute(bench.files_of(source), with));
    (*staging)->fail("app.db", "the server is away");
    REQUIRE((*staging)->commit());
  }
  const auto next = bench.back_up(bench.files_of(source));
  REQUIRE(error_of(next).empty());
  CHECK(shared_parts(bench, *next) == 0);
}

TEST_CASE("a file whose times are younger than two seconds is read again") {
  Bench bench;
  const std::string source = bench.directory / "source";
  write_text(source + "/a", "content");
  const auto first = bench.back_up(bench.files_of(source));
  REQUIRE(error_of(first).empty());
  rewrite_memory(bench, [](const KnownEntry&) { FAIL("a young file was remembered"); });
}

TEST_CASE("content that changed under unchanged times is found by reading again") {
  Bench bench;
  const std::string source = bench.directory / "source";
  write_text(source + "/a", "content");
  write_text(source + "/b", "another");
  bench.settle();
  REQUIRE(bench.back_up(bench.files_of(source)));
  write_text(source + "/a", "CONTENT");

  struct stat status {};

  REQUIRE(stat((source + "/a").c_str(), &status) == 0);
  // As a rotten disk would show it: the times are what they were.
  rewrite_memory(bench, [&](KnownEntry& known) {
    if (!known.entry.path.ends_with("/a"))
      return;
    known.entry.mtime = status.st_mtim.tv_sec;
    known.entry.mtime_ns = static_cast<std::uint32_t>(status.st_mtim.tv_nsec);
    known.ctime = status.st_ctim.tv_sec;
    known.ctime_ns = static_cast<std::uint32_t>(status.st_ctim.tv_nsec);
    known.inode = status.st_ino;
  });
  const bool by_age = GENERATE(true, false);
  if (by_age) {
    bench.clock.advance(std::chrono::hours(24 * 30));
  } else {
    bench.again.all = true;
  }
  const auto id = bench.back_up(bench.files_of(source));
  REQUIRE(error_of(id).empty());
  REQUIRE(bench.events.warnings.size() == 1);
  CHECK(bench.events.warnings.front().find("/a` has another content") != std::string::npos);
  check_restores(bench, bench.files_of(source), *id, describe_tree(source), "rehashed");
}

TEST_CASE("a part that rotted is found within thirty days, named, and stored anew") {
  Bench bench;
  const std::string source = bench.directory / "source";
  write_text(source + "/a", "content");
  bench.settle();
  const auto first = bench.back_up(bench.files_of(source));
  REQUIRE(error_of(first).empty());
  const auto second = bench.back_up(bench.files_of(source));
  REQUIRE(error_of(second).empty());
  const std::string pack = pack_of(bench, *second);
  std::string bytes = read_text(pack);
  bytes[bytes.size() / 2] = static_cast<char>(~bytes[bytes.size() / 2]);
  fs::permissions(pack, fs::perms::owner_all);
  std::ofstream(pack, std::ios::binary) << bytes;
  bench.clock.advance(std::chrono::hours(24 * 30));
  const auto third = bench.back_up(bench.files_of(source));
  REQUIRE(error_of(third).empty());
  REQUIRE(bench.events.warnings.size() == 1);
  const std::string& warning = bench.events.warnings.front();
  CHECK(warning.find("is damaged") != std::string::npos);
  CHECK(warning.find(*first) != std::string::npos);
  CHECK(warning.find(*second) != std::string::npos);
  CHECK(fs::exists(bench.store.path + "/records/" + *first + "/damage-1.json"));
  CHECK(bench.verify(*third, 2)->intact());
  CHECK_FALSE(bench.verify(*first, 1)->intact());
}

TEST_CASE("a pack of which little is live is written anew") {
  Bench bench;
  const std::string source = bench.directory / "source";
  for (int i = 0; i < 10; ++i)
    write_text(source + "/f" + std::to_string(i), std::string(1000, static_cast<char>('a' + i)));
  bench.settle();
  REQUIRE(bench.back_up(bench.files_of(source)));
  for (int i = 0; i < 8; ++i)
    fs::remove(source + "/f" + std::to_string(i));
  bench.settle();
  const auto sparse = bench.back_up(bench.files_of(source));
  REQUIRE(error_of(sparse).empty());
  CHECK(fs::hard_link_count(pack_of(bench, *sparse)) == 2);
  const auto whole = bench.back_up(bench.files_of(source));
  REQUIRE(error_of(whole).empty());
  CHECK(fs::hard_link_count(pack_of(bench, *whole)) == 1);
  check_restores(bench, bench.files_of(source), *whole, describe_tree(source), "rewritten");
}

TEST_CASE("links that the file system does not make are copies or a clear refusal") {
  RealFilesystem real;
  test::FaultyFilesystem faulty(real);
  Bench bench(&faulty);
  const std::string source = bench.directory / "source";
  write_text(source + "/a", "content");
  bench.settle();
  const auto first = bench.back_up(bench.files_of(source));
  REQUIRE(error_of(first).empty());
  SECTION("too many links: a verified copy") {
    faulty.fail(test::FileCall::Link, 1, EMLINK);
    const auto second = bench.back_up(bench.files_of(source));
    REQUIRE(error_of(second).empty());
    CHECK(bench.verify(*second, 2)->intact());
    CHECK(fs::hard_link_count(pack_of(bench, *second)) == 1);
  }
  SECTION("forbidden, or another file system: refused with the fix") {
    const int error = GENERATE(EPERM, EXDEV);
    faulty.fail(test::FileCall::Link, 1, error);
    const auto second = bench.back_up(bench.files_of(source));
    REQUIRE_FALSE(second);
    CHECK(second.error().kind == ErrorKind::Refused);
    CHECK_FALSE(second.error().hint.empty());
    CHECK(error_of(bench.back_up(bench.files_of(source))).empty());
  }
  SECTION("a store without links: every snapshot is a full copy") {
    bench.store.links = false;
    const auto second = bench.back_up(bench.files_of(source));
    REQUIRE(error_of(second).empty());
    CHECK(shared_parts(bench, *second) == 0);
    CHECK(bench.verify(*second, 2)->intact());
  }
}

}  // namespace backstay::runtime::testing
