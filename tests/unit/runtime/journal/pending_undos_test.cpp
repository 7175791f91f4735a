#include "runtime/journal/pending_undos.hpp"

#include <cerrno>
#include <fstream>

#include "tests/support/catch.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/temporary_directory.hpp"

namespace backstay::runtime {
namespace {

using test::FaultyFilesystem;
using test::FileCall;
using test::TemporaryDirectory;

Undo undo(const std::string& word) {
  return {.kind = "start-unit", .arguments = {word, "two words", "a\n\"b\""}};
}

}  // namespace

TEST_CASE("what is pending is read back in the order in which it was noted") {
  const TemporaryDirectory place;
  RealFilesystem files;
  PendingUndos undos(files, place.path(), "run-1");
  CHECK(read_pending(files, place.path())->empty());
  REQUIRE(undos.add(undo("a")));
  REQUIRE(undos.add(undo("b")));
  REQUIRE(undos.add(undo("a")));
  REQUIRE(undos.add(undo("c")));
  REQUIRE(undos.done(undo("b")));
  const auto runs = read_pending(files, place.path());
  REQUIRE(runs);
  REQUIRE(runs->size() == 1);
  CHECK(runs->front().run_id == "run-1");
  CHECK(runs->front().undos == std::vector<Undo>{undo("a"), undo("c")});
}

TEST_CASE("when nothing is pending any more there is no file") {
  const TemporaryDirectory place;
  RealFilesystem files;
  PendingUndos undos(files, place.path(), "run-1");
  REQUIRE(undos.add(undo("a")));
  REQUIRE(undos.done(undo("a")));
  REQUIRE(undos.done(undo("a")));
  CHECK(undos.empty());
  CHECK(files.list(place / "pending")->empty());
}

TEST_CASE("a guard is armed before the first undo and disarmed after the last") {
  const TemporaryDirectory place;
  RealFilesystem files;
  std::string told;
  PendingUndos undos(
      files, place.path(), "run-1",
      {.arm =
           [&] {
             told += read_pending(files, place.path())->empty() ? "arm " : "late ";
             return Result<void>();
           },
       .disarm =
           [&] { told += read_pending(files, place.path())->empty() ? "disarm " : "early "; }});
  for (int round = 0; round < 2; ++round) {
    REQUIRE(undos.add(undo("a")));
    REQUIRE(undos.add(undo("b")));
    REQUIRE(undos.done(undo("a")));
    REQUIRE(undos.done(undo("b")));
  }
  CHECK(told == "arm disarm arm disarm ");
}

TEST_CASE("an undo that cannot be written is not taken for written") {
  const TemporaryDirectory place;
  RealFilesystem real;
  FaultyFilesystem files(real);
  PendingUndos undos(files, place.path(), "run-1");
  REQUIRE(undos.add(undo("a")));
  files.fail(FileCall::Write, 1, ENOSPC);
  const auto added = undos.add(undo("b"));
  REQUIRE_FALSE(added);
  CHECK(added.error().kind == ErrorKind::NoSpace);
  CHECK(read_pending(real, place.path())->front().undos == std::vector<Undo>{undo("a")});
  REQUIRE(undos.add(undo("b")));
  CHECK(read_pending(real, place.path())->front().undos.size() == 2);
}

TEST_CASE("a file of pending undos that cannot be read is an error that names it") {
  const TemporaryDirectory place;
  RealFilesystem files;
  REQUIRE(make_directories(files, place / "pending", 0700));
  std::ofstream(place / "pending/run-1.json") << "{\"run\": 1}";
  const auto runs = read_pending(files, place.path());
  REQUIRE_FALSE(runs);
  CHECK(runs.error().kind == ErrorKind::BadInput);
  CHECK(runs.error().message.find("pending/run-1.json") != std::string::npos);
}

}  // namespace backstay::runtime
