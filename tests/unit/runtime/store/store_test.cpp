// Making, opening and listing a store; locks; a full disk.
#include <random>

#include <sys/mount.h>
#include <unistd.h>

#include "tests/unit/runtime/store/store_fixture.hpp"

namespace backstay::runtime::testing {

TEST_CASE("a store is made only where nothing else is, and opened only where it was registered") {
  const TemporaryDirectory directory;
  RealFilesystem files;
  const Directories directories{directory / "config", directory / "state", directory / "locks"};
  plan::Target target;
  target.name = "local";
  target.path = directory / "store";

  SECTION("absent: the disk may not be mounted") {
    const auto store = open_store(files, target, directories);
    REQUIRE_FALSE(store);
    CHECK(store.error().kind == ErrorKind::Refused);
    CHECK(store.error().hint.find("mounted") != std::string::npos);
    CHECK(store.error().hint.find("backstay store init") != std::string::npos);
  }
  SECTION("a directory with something else in it") {
    write_text(target.path + "/holiday.jpg", "x");
    const auto store = init_store(files, directories, target.path, "local");
    REQUIRE_FALSE(store);
    CHECK(store.error().kind == ErrorKind::Refused);
    CHECK_FALSE(fs::exists(target.path + "/FORMAT"));
  }
  SECTION("made, and registered") {
    const auto made = init_store(files, directories, target.path, "local");
    REQUIRE(error_of(made).empty());
    CHECK(made->created);
    for (const char* name :
         {"FORMAT", "README.txt", "locks", "staging", "snapshots", "records", "trash"}) {
      CHECK(fs::exists(target.path + "/" + name));
    }
    const auto opened = open_store(files, target, directories);
    REQUIRE(error_of(opened).empty());
    CHECK(opened->uuid == made->uuid);

    // Another machine: the store is taken as it is.
    const Directories other{directory / "config2", directory / "state2", directory / "locks2"};
    CHECK_FALSE(open_store(files, target, other));
    const auto taken = init_store(files, other, target.path, "local");
    REQUIRE(error_of(taken).empty());
    CHECK_FALSE(taken->created);
    CHECK(taken->uuid == made->uuid);
    CHECK(open_store(files, target, other));

    // Another disk in the same place.
    fs::remove_all(target.path);
    REQUIRE(error_of(init_store(files, other, target.path, "local")).empty());
    const auto swapped = open_store(files, target, directories);
    REQUIRE_FALSE(swapped);
    CHECK(swapped.error().kind == ErrorKind::Refused);
    CHECK(swapped.error().message.find("UUID") != std::string::npos);
  }
  SECTION("newer or foreign") {
    const auto made = init_store(files, directories, target.path, "local");
    REQUIRE(error_of(made).empty());
    fs::permissions(target.path + "/FORMAT", fs::perms(0644));
    for (const std::string& text :
         {"backstay-store 2\n" + made->uuid + "\n", std::string("something else\n"),
          std::string("backstay-store 1\nnot-a-uuid\n"), std::string()}) {
      write_text(target.path + "/FORMAT", text);
      const auto store = open_store(files, target, directories);
      REQUIRE_FALSE(store);
      CHECK(store.error().kind == ErrorKind::BadInput);
      CHECK_FALSE(init_store(files, directories, target.path, "local"));
    }
  }
}

TEST_CASE("a second run at the same time is told who holds the lock") {
  Bench bench;
  const auto first = lock_policy(bench.store, "policy", "host1", {"run-1", "2026-01-01T00:00:00Z"});
  REQUIRE(error_of(first).empty());
  const auto second = lock_policy(bench.store, "policy", "host1", {"run-2", "later"});
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == ErrorKind::Busy);
  CHECK(second.error().message.find("run-1") != std::string::npos);
  CHECK(second.error().message.find(std::to_string(getpid())) != std::string::npos);
  CHECK(lock_holder(bench.store, "policy", "host1").find("run-1") != std::string::npos);
  CHECK(lock_policy(bench.store, "policy", "host2", {"run-3", "now"}));
  CHECK(lock_holder(bench.store, "policy", "host2").empty());
}

TEST_CASE("snapshots are numbered, found by number, prefix and latest, and chained") {
  Bench bench;
  write_text(bench.directory / "source/file", "1");
  const auto action = bench.files_of(bench.directory / "source");
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    const auto id = bench.back_up(action);
    REQUIRE(error_of(id).empty());
    ids.push_back(*id);
  }
  const auto find = [&](const std::string& name) {
    return find_snapshot(bench.real, bench.store, {}, name);
  };
  CHECK(find("latest")->id == ids[2]);
  CHECK(find("latest~1")->id == ids[1]);
  CHECK(find("latest~2")->sequence == 1);
  CHECK(find("latest~3").error().kind == ErrorKind::NotFound);
  CHECK(find("2")->id == ids[1]);
  CHECK(find("00000003")->id == ids[2]);
  CHECK(find(ids[0])->id == ids[0]);
  CHECK(find("0000000").error().kind == ErrorKind::Usage);
  CHECK(find("nonsense").error().kind == ErrorKind::NotFound);
  CHECK(find_snapshot(bench.real, bench.store, {.policy = "other"}, "latest").error().kind ==
        ErrorKind::NotFound);

  SECTION("by a date: the newest that was begun by then, to its end") {
    for (const std::string& id : ids) {
      const auto of_id = find(id);
      CHECK(find("@" + of_id->started)->id <= ids[2]);
      CHECK(find("@" + of_id->started)->started == of_id->started);
    }
    CHECK(find("@2999-12-31")->id == ids[2]);
    CHECK(find("@1999-12-31").error().kind == ErrorKind::NotFound);
    CHECK(find("@yesterday").error().kind == ErrorKind::Usage);
    CHECK(find("@2026-02-31").error().kind == ErrorKind::Usage);
    CHECK(find("@2026-11-01T").error().kind == ErrorKind::Usage);
  }
  SECTION("the number never goes back, even when the newest snapshot is gone") {
    RealFilesystem files;
    REQUIRE(error_of(remove_tree(files, bench.store.path + "/snapshots/" + ids[2])).empty());
    const auto next = bench.back_up(action);
    REQUIRE(error_of(next).empty());
    CHECK(find("latest")->sequence == 4);
  }
  SECTION("a changed predecessor is noticed by the chain") {
    const std::string manifest = bench.store.path + "/snapshots/" + ids[1] + "/manifest.json";
    std::string text = read_text(manifest);
    text.replace(text.find("plan-sha256"), 11, "plan-sha257");
    fs::permissions(manifest, fs::perms(0600));
    write_text(manifest, text);
    const auto report = bench.verify(ids[2], 0);
    REQUIRE(error_of(report).empty());
    CHECK_FALSE(report->intact());
  }
}

TEST_CASE(
    "what failed makes the snapshot partial: never latest, and nothing complete commits nothing") {
  Bench bench;
  write_text(bench.directory / "source/file", "1");
  const auto run = [&](bool complete) -> Result<std::string> {
    BACKSTAY_ASSIGN(const auto staging, bench.begin());
    StepContext context = bench.context(staging.get());
    if (complete)
      BACKSTAY_TRY(execute(bench.files_of(bench.directory / "source"), context));
    auto action = bench.files_of(bench.directory / "absent");
    action.component = "app.other";
    CHECK_FALSE(execute(action, context));
    staging->fail("app.other", "missing");
    CHECK(staging->completeness() == Completeness::Partial);
    return staging->commit();
  };
  const auto nothing = run(false);
  REQUIRE_FALSE(nothing);
  CHECK(nothing.error().kind == ErrorKind::Partial);
  CHECK(fs::is_empty(bench.store.path + "/snapshots"));
  CHECK(fs::is_empty(bench.store.path + "/staging"));

  const auto partial = run(true);
  REQUIRE(error_of(partial).empty());
  const auto list = list_snapshots(bench.real, bench.store, {});
  REQUIRE(list->size() == 1);
  CHECK(list->front().partial);
  CHECK(bench.verify(*partial, 2)->intact());
  CHECK_FALSE(find_snapshot(bench.real, bench.store, {}, "latest"));
  CHECK(find_snapshot(bench.real, bench.store, {}, "1"));
  const auto reader = open_snapshot(bench.real, bench.store, *partial);
  REQUIRE(error_of(reader).empty());
  CHECK((*reader)->partial());
  CHECK((*reader)->component("app.other") == nullptr);
  CHECK(read_text(bench.store.path + "/snapshots/" + *partial + "/RESTORE.txt").find("NOT in it") !=
        std::string::npos);
}

TEST_CASE("a stream comes back through the reader, and an unfinished one leaves nothing") {
  Bench bench;
  std::mt19937_64 random(5);
  std::string dump(40U << 20U, '\0');
  for (std::size_t i = 0; i < dump.size(); i += 64)
    dump[i] = static_cast<char>(random());
  auto staging = bench.begin();
  REQUIRE(error_of(staging).empty());
  {
    auto thrown_away = (*staging)->open_stream("db", "rows.sql");
    REQUIRE(error_of((*thrown_away)->write(std::as_bytes(std::span(dump)).subspan(1))).empty());
  }
  auto stream = (*staging)->open_stream("db", "rows.sql");
  for (std::size_t at = 0; at < dump.size(); at += 1'000'003) {
    const auto piece = std::as_bytes(std::span(dump))
                           .subspan(at, std::min<std::size_t>(1'000'003, dump.size() - at));
    REQUIRE(error_of((*stream)->write(piece)).empty());
  }
  const auto info = (*stream)->finish();
  REQUIRE(error_of(info).empty());
  CHECK(info->size == dump.size());
  auto empty = (*staging)->open_stream("db", "empty.sql");
  REQUIRE(error_of((*empty)->finish()).empty());
  REQUIRE(error_of((*staging)->complete("db", "mariadb-database", "x", {R"({"b":1,"a":[2]})"}))
              .empty());
  const auto id = (*staging)->commit();
  REQUIRE(error_of(id).empty());
  CHECK(bench.verify(*id, 2)->problems == std::vector<std::string>{});
  int segments = 0;
  for (const auto& entry :
       fs::directory_iterator(bench.store.path + "/snapshots/" + *id + "/data/db")) {
    if (entry.path().extension() == ".zst")
      ++segments;
  }
  CHECK(segments == 3);

  const auto reader = open_snapshot(bench.real, bench.store, *id);
  REQUIRE(error_of(reader).empty());
  CHECK((*reader)->has_stream("db", "rows.sql"));
  CHECK_FALSE((*reader)->has_stream("db", "code.sql"));
  CHECK((*reader)->component("db")->facts.json == R"({"a":[2],"b":1})");
  CHECK(*(*reader)->plan_bytes() == "plan\n");
  for (const auto& [name, expected] :
       std::map<std::string, std::string>{{"rows.sql", dump}, {"empty.sql", ""}}) {
    auto in = (*reader)->open_stream("db", name);
    REQUIRE(error_of(in).empty());
    std::string back;
    std::vector<std::byte> buffer(77'777);
    while (true) {
      const auto count = (*in)->read(buffer);
      REQUIRE(error_of(count).empty());
      if (*count == 0)
        break;
      back.append(reinterpret_cast<const char*>(buffer.data()), *count);
    }
    CHECK(back == expected);
  }
}

TEST_CASE("a full disk fails the run, leaves nothing behind, and the store goes on") {
  REQUIRE(geteuid() == 0);
  const TemporaryDirectory directory;
  fs::create_directory(directory / "small");
  REQUIRE(mount("tmpfs", (directory / "small").c_str(), "tmpfs", 0, "size=24m") == 0);
  std::string problem;
  {
    Bench bench(directory / "small");
    std::mt19937_64 random(1);
    std::string noise(3U << 20U, '\0');
    for (char& byte : noise)
      byte = static_cast<char>(random());
    for (int i = 0; i < 12; ++i) {
      noise[0] = static_cast<char>(i);
      write_text(bench.directory / ("source/" + std::to_string(i)), noise);
    }
    const auto full = bench.back_up(bench.files_of(bench.directory / "source"));
    if (full || full.error().kind != ErrorKind::NoSpace)
      problem += "not NoSpace: " + error_of(full);
    if (!fs::is_empty(bench.store.path + "/staging"))
      problem += " staging left";
    if (!fs::is_empty(bench.store.path + "/snapshots"))
      problem += " snapshot visible";
    const auto small = bench.back_up(bench.files_of(bench.directory / "source/1"));
    problem += error_of(small);
    if (small && !bench.verify(*small, 2)->intact())
      problem += " damaged";
    // Below the floor a run does not even begin.
    write_text(directory / "small/filler", std::string(15U << 20U, 'f'));
    const auto floor = bench.begin();
    if (floor || floor.error().kind != ErrorKind::NoSpace)
      problem += " began without space";
  }
  REQUIRE(umount((directory / "small").c_str()) == 0);
  CHECK(problem == "");
}

}  // namespace backstay::runtime::testing
