// The power is cut while parts of an earlier snapshot are linked: the earlier one stays whole
// whatever is lost, and the new one is whole once it was said to be there.
#include <algorithm>

#include <rapidcheck.h>

#include "runtime/archive/tree_archiver.hpp"
#include "runtime/store/part_check.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/simulated_filesystem.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"

namespace backstay::runtime::testing {

namespace {

using test::FaultyFilesystem;
using test::FileCall;
using test::SimulatedFilesystem;

// A component on its way through the steps of a commit (store.md, section 3), without the papers.
class Component {
 public:
  Component(Filesystem& files, const std::string& name)
      : files_(files), staging_("/store/staging/" + name), place_("/store/snapshots/" + name) {}

  Result<void> store(const plan::ArchiveFiles& action,
                     KnownParts previous,
                     const ArchiveMemory& memory) {
    BACKSTAY_TRY(make_directories(files_, staging_ + "/list", 0700));
    PartDirectory parts(files_, staging_);
    parts.remember(std::move(previous), true);
    BACKSTAY_TRY(archive_tree(parts, action, {}, memory));
    records = parts.records();
    BACKSTAY_TRY(files_.sync_directory(staging_ + "/list"));
    BACKSTAY_TRY(files_.sync_directory(staging_));
    BACKSTAY_TRY(files_.rename_no_replace(staging_, place_));
    BACKSTAY_TRY(files_.sync_directory("/store/snapshots"));
    return files_.sync_directory("/store/staging");
  }

  [[nodiscard]] bool whole(Filesystem& files) const {
    return std::ranges::all_of(records, [&](const PartRecord& part) {
      const auto stored = hash_stored(files, place_ + "/" + part.path);
      return stored && stored->sha256 == part.stored;
    });
  }

  [[nodiscard]] KnownParts known() const {
    KnownParts parts(place_);
    for (const PartRecord& part : records)
      parts.add(part);
    return parts;
  }

  std::vector<PartRecord> records;

 private:
  Filesystem& files_;
  std::string staging_;
  std::string place_;
};

}  // namespace

TEST_CASE("a power cut among links harms no snapshot") {
  const TemporaryDirectory directory;
  const std::string source = directory / "source";
  const bool holds = rc::check("cut anywhere", [&](std::uint64_t seed) {
    fs::remove_all(source);
    for (const char* name : {"a", "b", "c", "d/e"})
      write_text(source + "/" + name, std::string("content of ") + name);
    write_text(source + "/large", std::string(17U << 20U, 'l'));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    plan::ArchiveFiles action;
    action.component = "app.files";
    action.path = source;
    ReadAgain again;
    again.settled = std::chrono::nanoseconds(0);

    SimulatedFilesystem disk;
    RC_ASSERT(make_directories(disk, "/store/snapshots", 0700).has_value());
    RC_ASSERT(make_directories(disk, "/store/staging", 0700).has_value());
    RC_ASSERT(make_directories(disk, "/state", 0700).has_value());
    Component first(disk, "first");
    KnownEntriesWriter writer(disk.create("/state/entries", 0600).value(),
                              KnownEntriesWriter::Form::Whole);
    RC_ASSERT(first.store(action, KnownParts(), {nullptr, &writer, again}).has_value());
    write_text(source + "/b", "changed");

    FaultyFilesystem faulty(disk);
    const auto call = *rc::gen::element(FileCall::Link, FileCall::Rename, FileCall::SyncDirectory,
                                        FileCall::Create, FileCall::Sync, FileCall::Space);
    faulty.fail(call, *rc::gen::inRange<std::uint64_t>(1, 9), EIO);
    KnownEntriesReader memory(FrameReader(disk.open_read("/state/entries").value(), "entries"));
    Component second(faulty, "second");
    const bool said = second.store(action, first.known(), {&memory, nullptr, again}).has_value();
    RC_CLASSIFY(said, "committed");
    disk.cut_power(seed);
    RC_ASSERT(first.whole(disk));
    if (said) {
      RC_ASSERT(second.whole(disk));
      RC_ASSERT(std::ranges::any_of(second.records, &PartRecord::linked));
    }
  });
  CHECK(holds);
}

}  // namespace backstay::runtime::testing
