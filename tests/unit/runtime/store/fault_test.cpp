// Every call of the commit path fails once: the run says so, nothing of it is visible, and what was
// there before is untouched.
#include <cerrno>

#include "tests/support/fakes.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"

namespace backstay::runtime::testing {

namespace {

using test::FaultyFilesystem;
using test::FileCall;

constexpr std::array kCalls = {FileCall::Create,        FileCall::OpenRead,      FileCall::Write,
                               FileCall::Read,          FileCall::Sync,          FileCall::Close,
                               FileCall::MakeDirectory, FileCall::SyncDirectory, FileCall::Rename,
                               FileCall::ChangeMode,    FileCall::Status,        FileCall::List,
                               FileCall::Space,         FileCall::Link,          FileCall::Unlink};

}  // namespace

TEST_CASE("a backup whose N-th call of any kind fails leaves no damaged snapshot") {
  for (const FileCall call : kCalls) {
    for (std::uint64_t nth = 1; nth < 200; nth += 1 + nth / 6) {
      RealFilesystem real;
      FaultyFilesystem faulty(real);
      Bench bench(&faulty);
      write_text(bench.directory / "source/a", "content");
      write_text(bench.directory / "source/b/large", std::string(16U << 20U, 'l'));
      const auto action = bench.files_of(bench.directory / "source");
      faulty.fail(call, nth, call == FileCall::Write ? ENOSPC : EIO);
      const std::uint64_t before = faulty.count(call);
      const auto id = bench.back_up(action);
      INFO("call " << static_cast<int>(call) << ", number " << nth);
      const bool reached = faulty.count(call) - before >= nth;
      if (!reached) {
        CHECK(error_of(id).empty());
        break;
      }
      const auto list = list_snapshots(real, bench.store, {});
      REQUIRE(error_of(list).empty());
      for (const SnapshotSummary& snapshot : *list) {
        const auto report = bench.verify(snapshot.id, 2);
        REQUIRE(error_of(report).empty());
        CHECK(report->problems == std::vector<std::string>{});
      }
      // A call whose answer is only looked at in passing may fail without harm; then all is there.
      if (id)
        CHECK(list->size() == 1);
      if (!id && call == FileCall::Write)
        CHECK(id.error().kind == ErrorKind::NoSpace);
      Bench again(bench.directory.path());
      CHECK(error_of(again.back_up(action)).empty());
    }
  }
}

TEST_CASE("a backup onto an earlier one whose N-th call of any kind fails harms neither") {
  for (const FileCall call : kCalls) {
    for (std::uint64_t nth = 1; nth < 200; nth += 1 + nth / 4) {
      RealFilesystem real;
      FaultyFilesystem faulty(real);
      Bench bench(&faulty);
      for (const char* name : {"a", "b", "c"})
        write_text(bench.directory / "source/" + name, std::string("content of ") + name);
      write_text(bench.directory / "source/large", std::string(17U << 20U, 'l'));
      bench.settle();
      const auto action = bench.files_of(bench.directory / "source");
      REQUIRE(error_of(bench.back_up(action)).empty());
      write_text(bench.directory / "source/b", "changed");
      bench.settle();
      faulty.fail(call, nth, EIO);
      const std::uint64_t before = faulty.count(call);
      const auto id = bench.back_up(action);
      INFO("call " << static_cast<int>(call) << ", number " << nth);
      const bool reached = faulty.count(call) - before >= nth;
      const auto list = list_snapshots(real, bench.store, {});
      REQUIRE(error_of(list).empty());
      CHECK(list->size() == (id ? 2 : 1));
      for (const SnapshotSummary& snapshot : *list) {
        const auto report = bench.verify(snapshot.id, 2);
        REQUIRE(error_of(report).empty());
        CHECK(report->problems == std::vector<std::string>{});
      }
      if (!reached) {
        CHECK(error_of(id).empty());
        break;
      }
      Bench again(bench.directory.path());
      again.settle();
      const auto next = again.back_up(action);
      REQUIRE(error_of(next).empty());
      CHECK(again.verify(*next, 2)->intact());
    }
  }
}

TEST_CASE("a failed fsync condemns the part: it is never asked twice") {
  RealFilesystem real;
  FaultyFilesystem faulty(real);
  Bench bench(&faulty);
  write_text(bench.directory / "source/a", "content");
  faulty.fail(FileCall::Sync, 1, EIO);
  const std::uint64_t before = faulty.count(FileCall::Sync);
  const auto id = bench.back_up(bench.files_of(bench.directory / "source"));
  REQUIRE_FALSE(id);
  CHECK(id.error().kind == ErrorKind::Io);
  CHECK(faulty.count(FileCall::Sync) == before + 1);
  CHECK(fs::is_empty(bench.store.path + "/snapshots"));
  CHECK(fs::is_empty(bench.store.path + "/staging"));
}

}  // namespace backstay::runtime::testing
