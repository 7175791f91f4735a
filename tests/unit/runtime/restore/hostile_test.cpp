// A snapshot that somebody tampered with, sums and all, writes nothing outside the place of the
// restore.
#include <cstdlib>

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "runtime/archive/list_json.hpp"
#include "runtime/archive/pack_reader.hpp"
#include "runtime/archive/pack_writer.hpp"
#include "runtime/restore/beneath.hpp"
#include "runtime/restore/tree_writer.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"
#include "tests/unit/runtime/store/tree_compare.hpp"

namespace backstay::runtime::testing {

namespace {

PlannedEntry planned(EntryType type, const std::string& place, const std::string& link = {}) {
  PlannedEntry made;
  made.entry.path = place;
  made.entry.type = type;
  made.entry.mode = 0644;
  made.entry.link = link;
  made.entry.sha256 = sha256(std::string_view());
  made.place = place;
  made.link_place = link;
  return made;
}

// Writes the entries into a directory of their own beside one that must not change.
struct Trial {
  TemporaryDirectory directory;
  std::string outside = directory / "outside";
  TreeDescription before;

  Trial() {
    write_text(outside + "/victim", "untouched");
    fs::create_directory(directory / "root");
    before = describe_tree(outside);
  }

  Result<void> write(const std::vector<PlannedEntry>& entries) {
    RealFilesystem files;
    RestoreNotes notes;
    const auto root = open_place(directory / "root");
    REQUIRE(error_of(root).empty());
    TreeWriter writer({files, directory / "parts", {}, {}}, root->get(), notes);
    for (const PlannedEntry& entry : entries)
      BACKSTAY_TRY(writer.add(PlannedEntry(entry)));
    return writer.finish();
  }

  [[nodiscard]] std::string damage() const { return difference(before, describe_tree(outside)); }
};

}  // namespace

TEST_CASE("entries that lead out of the new tree are refused, and nothing outside changes") {
  Trial trial;
  const std::string outside = trial.outside;
  std::vector<PlannedEntry> entries;
  SECTION("a file through an absolute symbolic link") {
    entries = {planned(EntryType::Symlink, "link", outside),
               planned(EntryType::File, "link/victim")};
  }
  SECTION("a file through a relative symbolic link") {
    entries = {planned(EntryType::Symlink, "link", "../outside"),
               planned(EntryType::File, "link/new")};
  }
  SECTION("a directory through a symbolic link") {
    entries = {planned(EntryType::Symlink, "link", outside),
               planned(EntryType::Directory, "link/new")};
  }
  SECTION("a file onto a symbolic link") {
    entries = {planned(EntryType::Symlink, "link", outside + "/victim"),
               planned(EntryType::File, "link")};
  }
  SECTION("a directory that a symbolic link replaces, with metadata set late") {
    entries = {planned(EntryType::Directory, "d"), planned(EntryType::Symlink, "d", outside)};
  }
  SECTION("dots at the head") {
    entries = {planned(EntryType::File, "../outside/victim")};
  }
  SECTION("dots in the middle") {
    entries = {planned(EntryType::Directory, "d"), planned(EntryType::File, "d/../../outside/new")};
  }
  SECTION("an absolute path") {
    entries = {planned(EntryType::File, outside + "/new")};
  }
  SECTION("an absolute directory") {
    entries = {planned(EntryType::Directory, outside + "/new")};
  }
  SECTION("a hard link to something outside") {
    entries = {planned(EntryType::HardLink, "hard", "../outside/victim")};
  }
  SECTION("a hard link to an absolute path") {
    entries = {planned(EntryType::HardLink, "hard", outside + "/victim")};
  }
  SECTION("a hard link through a symbolic link") {
    entries = {planned(EntryType::Symlink, "link", outside),
               planned(EntryType::HardLink, "hard", "link/victim")};
  }
  SECTION("a hard link to a symbolic link") {
    entries = {planned(EntryType::Symlink, "link", outside + "/victim"),
               planned(EntryType::HardLink, "hard", "link")};
  }
  SECTION("one path twice, of two kinds") {
    entries = {planned(EntryType::File, "twice"), planned(EntryType::Fifo, "twice")};
  }
  SECTION("one directory twice") {
    entries = {planned(EntryType::Directory, "d"), planned(EntryType::Directory, "d")};
  }
  SECTION("a file without its directory") {
    entries = {planned(EntryType::File, "nowhere/file")};
  }
  CHECK_FALSE(trial.write(entries));
  CHECK(trial.damage() == "");
}

TEST_CASE("a forged snapshot with right sums is refused by the restore") {
  Bench bench;
  const std::string source = bench.directory / "source";
  write_text(source + "/file", "content");
  write_text(source + "/other", "other content");
  const auto action = bench.files_of(source);
  const auto id = bench.back_up(action);
  REQUIRE(error_of(id).empty());
  const std::string data = bench.store.path + "/snapshots/" + *id + "/data/app.files";
  fs::permissions(data, fs::perms::owner_all);
  fs::permissions(data + "/list", fs::perms::owner_all);
  std::vector<Entry> entries;
  {
    const auto snapshot = open_snapshot(bench.real, bench.store, *id);
    REQUIRE(error_of((*snapshot)->each_entry("app.files", [&](Entry&& entry) -> Result<void> {
              entries.push_back(std::move(entry));
              return {};
            })).empty());
  }
  REQUIRE(entries.size() == 3);
  SECTION("a hash that is another file's") {
    std::swap(entries[1].sha256, entries[2].sha256);
  }
  SECTION("a frame where nothing begins") {
    entries[1].frame = 1;
  }
  SECTION("a file that the pack does not hold") {
    entries[1].path += "-gone";
  }
  SECTION("a mode that the pack does not have") {
    entries[1].mode = 04755;
  }
  SECTION("a size that the pack does not have") {
    entries[1].size = 1;
  }
  SECTION("a pack that is not there") {
    entries[1].part = std::string(64, 'b') + ".tar.zst";
  }
  SECTION("segments that are not there") {
    entries[1].large = true;
    entries[1].part = std::string(64, 'b') + ".parts";
  }
  std::string list;
  for (const Entry& entry : entries)
    list += to_list_line(entry);
  FrameCompressor compressor;
  const auto frame = compressor.compress(std::as_bytes(std::span(list)));
  fs::remove(data + "/list/000001.jsonl.zst");
  write_text(data + "/list/000001.jsonl.zst",
             {reinterpret_cast<const char*>(frame.data()), frame.size()});
  const auto outcome = bench.restore(*id, {.files = Bench::restore_of(action),
                                           .paths = {},
                                           .to_directory = bench.directory / "to",
                                           .run_id = {}});
  REQUIRE_FALSE(outcome);
  CHECK_FALSE(fs::exists(bench.directory / ("to" + source)));
  for (const auto& entry : fs::recursive_directory_iterator(bench.directory / "to")) {
    CHECK(entry.path().filename().string().find(".backstay-new") == std::string::npos);
  }
  CHECK_FALSE(bench.verify(*id, 2)->intact());
}

TEST_CASE("privileges come back by leave only, are left out on request, and else refused") {
  REQUIRE(geteuid() == 0);
  Bench bench;
  const std::string source = bench.directory / "source";
  write_text(source + "/tool", "program");
  write_text(source + "/empty", "");
  write_text(source + "/large", std::string(20U << 20U, 'l'));
  write_text(source + "/plain", "text");
  for (const char* name : {"/tool", "/empty", "/large"})
    REQUIRE(chmod((source + name).c_str(), 06755) == 0);
  REQUIRE(mknod((source + "/null").c_str(), S_IFCHR | 0666U, makedev(1, 3)) == 0);
  const auto action = bench.files_of(source);
  const auto id = bench.back_up(action);
  REQUIRE(error_of(id).empty());
  const std::string to = bench.directory / "to";
  const PlaceRequest request{
      .files = Bench::restore_of(action), .paths = {}, .to_directory = to, .run_id = {}};
  const auto mode = [&](const char* name) {
    struct stat status {};

    return lstat((to + source + name).c_str(), &status) == 0 ? status.st_mode & 07777U : 0U;
  };
  SECTION("refused") {
    const auto outcome = bench.restore(*id, request, Privileged::Refused);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == ErrorKind::Refused);
    CHECK_FALSE(fs::exists(to + source));
  }
  SECTION("left out, and each of them named") {
    const auto outcome = bench.restore(*id, request, Privileged::LeftOut);
    REQUIRE(error_of(outcome).empty());
    CHECK(outcome->notes.size() == 4);
    CHECK(read_text(to + source + "/tool") == "program");
    for (const char* name : {"/tool", "/empty", "/large"})
      CHECK(mode(name) == 0755);
    CHECK(mode("/plain") == 0644);
    CHECK_FALSE(fs::exists(to + source + "/null"));
  }
  SECTION("granted") {
    REQUIRE(error_of(bench.restore(*id, request, Privileged::Granted)).empty());
    CHECK(difference(describe_tree(source), describe_tree(to + source)) == "");
  }
}

TEST_CASE("archives that are not ours do not decode") {
  const TemporaryDirectory directory;
  RealFilesystem files;
  const auto read = [&](const std::string& command) -> Result<void> {
    REQUIRE(std::system(("cd " + directory.path() + " && " + command).c_str()) == 0);
    BACKSTAY_ASSIGN(auto file, files.open_read(directory / "x.tar.zst"));
    PackReader reader(FrameReader(std::move(file), "x"), "x");
    return walk_archive(reader);
  };
  write_text(directory / "f", "content");
  CHECK_FALSE(read("tar --format=gnu -cf - f | zstd -q -f -o x.tar.zst"));
  CHECK_FALSE(read("printf garbage > x.tar.zst"));
  CHECK_FALSE(read(": > x.tar.zst"));
  CHECK_FALSE(read("head -c 2000 /dev/zero | zstd -q -f -o x.tar.zst"));
  CHECK_FALSE(
      read("head -c 200000000 /dev/zero | zstd -q -19 --long=27 -f -o x.tar.zst"));  // a bomb
  CHECK(read("head -c 1024 /dev/zero | zstd -q -f -o x.tar.zst"));
  CHECK_FALSE(read("head -c 1024 /dev/zero | zstd -q -f -o x.tar.zst && zstd -q < f >> x.tar.zst"));
  CHECK_FALSE(read("head -c 1024 /dev/zero | zstd -q -f -o y && head -c 10 y > x.tar.zst"));
}

}  // namespace backstay::runtime::testing
