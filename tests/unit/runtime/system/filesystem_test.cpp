#include "runtime/system/filesystem.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "tests/support/catch.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/temporary_directory.hpp"

namespace backstay::runtime {
namespace {

using test::FaultyFilesystem;
using test::FileCall;
using test::TemporaryDirectory;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace

TEST_CASE("a new file holds what was written, closed to others") {
  const TemporaryDirectory place;
  RealFilesystem files;
  REQUIRE(write_new_file(files, place / "part", "content", 0400));
  CHECK(read_file(files, place / "part").value() == "content");
  const auto found = files.status(place / "part");
  REQUIRE(found);
  CHECK(found->type == FileType::Regular);
  CHECK(found->size == 7);
  CHECK(found->mode == 0400);
  CHECK(found->links == 1);
}

TEST_CASE("create refuses what is there, links included") {
  const TemporaryDirectory place;
  RealFilesystem files;
  REQUIRE(::symlink("/nonexistent", (place / "link").c_str()) == 0);
  for (const auto* name : {"link", "file"}) {
    if (std::string(name) == "file") {
      REQUIRE(write_new_file(files, place / "file", "mine", 0600));
    }
    const auto created = files.create(place / name, 0600);
    REQUIRE_FALSE(created);
    CHECK(created.error().message.find(place / name) != std::string::npos);
  }
  CHECK(read_file(files, place / "file").value() == "mine");
}

TEST_CASE("the mode that is asked for counts, not the umask") {
  const TemporaryDirectory place;
  RealFilesystem files;
  const mode_t before = ::umask(0077);
  REQUIRE(files.create(place / "file", 0644));
  REQUIRE(files.make_directory(place / "directory", 0755));
  ::umask(before);
  CHECK(files.status(place / "file")->mode == 0644);
  CHECK(files.status(place / "directory")->mode == 0755);
}

TEST_CASE("rename without replacing leaves what is there") {
  const TemporaryDirectory place;
  RealFilesystem files;
  REQUIRE(write_new_file(files, place / "old", "old", 0600));
  REQUIRE(write_new_file(files, place / "new", "new", 0600));
  const auto renamed = files.rename_no_replace(place / "new", place / "old");
  REQUIRE_FALSE(renamed);
  CHECK(renamed.error().message.find(place / "new") != std::string::npos);
  CHECK(renamed.error().message.find(place / "old") != std::string::npos);
  CHECK(read_file(files, place / "old").value() == "old");
  REQUIRE(files.rename_replace(place / "new", place / "old"));
  CHECK(read_file(files, place / "old").value() == "new");
  CHECK_FALSE(exists(files, place / "new"));
  REQUIRE(files.rename_no_replace(place / "old", place / "other"));
  CHECK(exists(files, place / "other"));
}

TEST_CASE("appending goes on where it ended") {
  const TemporaryDirectory place;
  RealFilesystem files;
  for (const auto* line : {"one\n", "two\n"}) {
    auto file = files.open_append(place / "journal");
    REQUIRE(file);
    REQUIRE((*file)->write(bytes_of(line)));
    REQUIRE((*file)->sync());
    REQUIRE((*file)->close());
  }
  CHECK(read_file(files, place / "journal").value() == "one\ntwo\n");
}

TEST_CASE("what is missing is NotFound and named") {
  RealFilesystem files;
  const std::string path = "/nonexistent/place";
  const auto check = [&](const auto& answer) {
    REQUIRE_FALSE(answer);
    CHECK(answer.error().kind == ErrorKind::NotFound);
    CHECK(answer.error().message.find(path) != std::string::npos);
  };
  check(files.status(path));
  check(files.open_read(path));
  check(files.list(path));
  check(files.space(path));
  check(files.unlink(path));
  check(files.sync_directory(path));
  check(files.create(path, 0600));
}

TEST_CASE("names are listed in the order of their bytes") {
  const TemporaryDirectory place;
  RealFilesystem files;
  for (const auto* name : {"b", "a\n", "\xff", "B", ".hidden"}) {
    REQUIRE(write_new_file(files, place / name, "", 0600));
  }
  CHECK(files.list(place.path()).value() ==
        std::vector<std::string>{".hidden", "B", "a\n", "b", "\xff"});
}

TEST_CASE("a link is looked at, not followed") {
  const TemporaryDirectory place;
  RealFilesystem files;
  REQUIRE(::symlink("/etc", (place / "link").c_str()) == 0);
  CHECK(files.status(place / "link")->type == FileType::Symlink);
  CHECK(files.status("/dev/null")->type == FileType::Other);
}

TEST_CASE("hard links count") {
  const TemporaryDirectory place;
  RealFilesystem files;
  REQUIRE(write_new_file(files, place / "part", "x", 0400));
  REQUIRE(files.link(place / "part", place / "linked"));
  CHECK(files.status(place / "linked")->links == 2);
  CHECK(files.status(place / "linked")->inode == files.status(place / "part")->inode);
}

TEST_CASE("a file over its limit is not read") {
  const TemporaryDirectory place;
  RealFilesystem files;
  REQUIRE(write_new_file(files, place / "plan", std::string(1000, 'x'), 0600));
  CHECK(read_file(files, place / "plan", 1000).value().size() == 1000);
  const auto refused = read_file(files, place / "plan", 999);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::BadInput);
}

TEST_CASE("directories are made with their parents, and made again without harm") {
  const TemporaryDirectory place;
  RealFilesystem files;
  for (int twice = 0; twice < 2; ++twice) {
    REQUIRE(make_directories(files, place / "a/b//c/", 0700));
  }
  CHECK(files.status(place / "a/b/c")->type == FileType::Directory);
  REQUIRE(write_new_file(files, place / "file", "", 0600));
  CHECK_FALSE(make_directories(files, place / "file/below", 0700));
  CHECK_FALSE(make_directories(files, place / "file", 0700));
}

TEST_CASE("a tree is removed with its closed directories, and what its links name stays") {
  const TemporaryDirectory place;
  RealFilesystem files;
  REQUIRE(write_new_file(files, place / "outside", "stays", 0600));
  REQUIRE(make_directories(files, place / "tree/closed", 0700));
  REQUIRE(write_new_file(files, place / "tree/closed/file", "goes", 0400));
  REQUIRE(::symlink((place / "outside").c_str(), (place / "tree/link").c_str()) == 0);
  REQUIRE(::symlink(place.path().c_str(), (place / "tree/up").c_str()) == 0);
  REQUIRE(files.change_mode(place / "tree/closed", 0500));
  REQUIRE(remove_tree(files, place / "tree"));
  CHECK_FALSE(exists(files, place / "tree"));
  CHECK(read_file(files, place / "outside").value() == "stays");
}

TEST_CASE("a replaced file is the old or the new one whatever call fails") {
  for (const auto call :
       {FileCall::Create, FileCall::Write, FileCall::Sync, FileCall::Close, FileCall::Rename}) {
    const TemporaryDirectory place;
    RealFilesystem real;
    REQUIRE(write_new_file(real, place / "high-water", "41", 0600));
    FaultyFilesystem faulty(real);
    faulty.fail(call, 1, ENOSPC);
    const auto replaced = replace_file(faulty, place / "high-water", "42", 0600);
    REQUIRE_FALSE(replaced);
    CHECK(replaced.error().kind == ErrorKind::NoSpace);
    CHECK(read_file(real, place / "high-water").value() == "41");
    CHECK(real.list(place.path())->size() == 1);  // nothing is left beside
    REQUIRE(replace_file(faulty, place / "high-water", "42", 0600));
    CHECK(read_file(real, place / "high-water").value() == "42");
  }
}

TEST_CASE("a replaced file is synced, and so is its directory") {
  const TemporaryDirectory place;
  RealFilesystem real;
  FaultyFilesystem counting(real);
  REQUIRE(replace_file(counting, place / "state", "x", 0600));
  CHECK(counting.count(FileCall::Sync) == 1);
  CHECK(counting.count(FileCall::SyncDirectory) == 1);
}

TEST_CASE("a full device is NoSpace with a hint") {
  RealFilesystem files;
  auto file = files.open_append("/dev/full");
  REQUIRE(file);
  const auto written = (*file)->write(bytes_of("x"));
  REQUIRE_FALSE(written);
  CHECK(written.error().kind == ErrorKind::NoSpace);
  CHECK_FALSE(written.error().hint.empty());
}

}  // namespace backstay::runtime
