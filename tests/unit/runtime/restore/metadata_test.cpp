// Owners, modes, times, attributes and ACLs of what is restored: what cannot be put back exactly is
// said, what would be wrong is an error, and nothing is given that the owner should not have.
#include "runtime/restore/metadata.hpp"

#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "runtime/system/descriptors.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_directory.hpp"

namespace backstay::runtime {
namespace {

constexpr uid_t kNobody = 65534;
constexpr const char* kAcl = "user::rw-,user:1:r--,group::r--,mask::r--,other::r--";

/// Without the rights of root until it ends.
class AsNobody {
 public:
  AsNobody() { REQUIRE(seteuid(kNobody) == 0); }

  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;

  ~AsNobody() { (void)!seteuid(0); }
};

/// A directory with `file`, `pipe` and `link`, all of one owner.
class Things {
 public:
  explicit Things(uid_t owner) {
    REQUIRE(chmod(directory.path().c_str(), 0755) == 0);
    file = Descriptor(open((directory / "file").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
    root = Descriptor(open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(mkfifo((directory / "pipe").c_str(), 0600) == 0);
    REQUIRE(symlink("file", (directory / "link").c_str()) == 0);
    for (const char* name : {"file", "pipe", "link"})
      REQUIRE(fchownat(root.get(), name, owner, owner, AT_SYMLINK_NOFOLLOW) == 0);
  }

  struct stat status(const char* name) const {
    struct stat found {};

    REQUIRE(fstatat(root.get(), name, &found, AT_SYMLINK_NOFOLLOW) == 0);
    return found;
  }

  test::TemporaryDirectory directory;
  Descriptor file;
  Descriptor root;
};

Entry entry_of(EntryType type, std::uint32_t mode) {
  Entry entry;
  entry.path = "etc/thing";
  entry.type = type;
  entry.mode = mode;
  entry.mtime = 1'000'000'000;
  entry.mtime_ns = 7;
  return entry;
}

bool any_says(const std::vector<std::string>& notes, const std::string& what) {
  for (const std::string& note : notes) {
    if (note.find(what) != std::string::npos)
      return true;
  }
  return false;
}

std::string refusal(const Result<void>& result) {
  REQUIRE_FALSE(result);
  return result.error().message;
}

}  // namespace

TEST_CASE("an owner that cannot be set is said, and takes the set-id bits with it") {
  const Things things(kNobody);
  RestoreNotes notes;
  MetadataWriter writer(notes);
  {
    const AsNobody nobody;
    REQUIRE(writer.apply(things.file.get(), entry_of(EntryType::File, 06755)));
    REQUIRE(writer.apply_at(things.root.get(), "pipe", entry_of(EntryType::Fifo, 0640)));
  }
  CHECK(any_says(notes.take(), "owners could not be set"));
  CHECK((things.status("file").st_mode & 07777U) == 0755U);
  CHECK(things.status("file").st_uid == kNobody);
  CHECK(things.status("file").st_mtim.tv_sec == 1'000'000'000);
  CHECK(things.status("file").st_mtim.tv_nsec == 7);
  CHECK((things.status("pipe").st_mode & 07777U) == 0640U);
  CHECK(things.status("pipe").st_mtim.tv_sec == 1'000'000'000);
}

TEST_CASE("with its owner a file gets its set-id bits") {
  const Things things(kNobody);
  RestoreNotes notes;
  MetadataWriter writer(notes);
  REQUIRE(writer.apply(things.file.get(), entry_of(EntryType::File, 06755)));
  CHECK((things.status("file").st_mode & 07777U) == 06755U);
  CHECK(things.status("file").st_uid == 0);
  CHECK(notes.take().empty());
}

TEST_CASE("a mode or a time that cannot be set is an error that names the file") {
  const Things things(0);
  RestoreNotes notes;
  MetadataWriter writer(notes);
  const AsNobody nobody;
  const Birth plain{0, 0, false};
  const Birth exact{0, 0, true};
  const Entry file = entry_of(EntryType::File, 0644);
  CHECK(refusal(writer.apply(things.file.get(), file, &plain)).find("the mode of `/etc/thing`") !=
        std::string::npos);
  CHECK(refusal(writer.apply(things.file.get(), file, &exact)).find("the times of `/etc/thing`") !=
        std::string::npos);
  const int root = things.root.get();
  CHECK(
      refusal(writer.apply_at(root, "pipe", entry_of(EntryType::Fifo, 0644))).find("the mode of") !=
      std::string::npos);
  CHECK(refusal(writer.apply_at(root, "link", entry_of(EntryType::Symlink, 0777)))
            .find("the times of") != std::string::npos);
  CHECK(refusal(writer.apply_at(root, "absent", entry_of(EntryType::Fifo, 0644)))
            .find("the owner of") != std::string::npos);
  CHECK(refusal(writer.apply(-1, file)).find("the owner of") != std::string::npos);
}

TEST_CASE("users and groups that are unknown here keep their numbers, with a note") {
  const Things things(0);
  RestoreNotes notes;
  MetadataWriter writer(notes);
  Entry entry = entry_of(EntryType::File, 0644);
  entry.user = "no-such-user-here";
  entry.group = "no-such-group-here";
  entry.uid = 54321;
  entry.gid = 54322;
  REQUIRE(writer.apply(things.file.get(), entry));
  CHECK(things.status("file").st_uid == 54321);
  CHECK(things.status("file").st_gid == 54322);
  const auto said = notes.take();
  CHECK(any_says(said, "the user `no-such-user-here` is unknown here: its number 54321"));
  CHECK(any_says(said, "the group `no-such-group-here` is unknown here: its number 54322"));
}

TEST_CASE("attributes that the file system or the rights do not allow are said") {
  RestoreNotes notes;
  MetadataWriter writer(notes);
  Entry entry = entry_of(EntryType::File, 0644);
  SECTION("a file system that keeps neither") {
    const Descriptor file(open("/proc/self/comm", O_RDONLY | O_CLOEXEC));
    const Birth birth{0, 0, false};
    entry.attributes = {{"user.note", "text"}};
    entry.acl = kAcl;
    // What keeps no attributes here lets nobody set a mode either.
    CHECK_FALSE(writer.apply(file.get(), entry, &birth));
    const auto said = notes.take();
    CHECK(any_says(said, "the attribute `user.note` of `/etc/thing` could not be set"));
    CHECK(any_says(said, "keeps no ACLs"));
  }
  SECTION("one that only root may set") {
    const Things things(kNobody);
    entry.attributes = {{"trusted.note", "text"}};
    const AsNobody nobody;
    CHECK(writer.apply(things.file.get(), entry));
    CHECK(any_says(notes.take(), "the attribute `trusted.note`"));
  }
  SECTION("an ACL for somebody who is unknown here") {
    const Things things(0);
    entry.acl = "user::rw-,user:no-such-user-here:r--,group::r--,mask::r--,other::r--";
    CHECK(writer.apply(things.file.get(), entry));
    CHECK(any_says(notes.take(), "names somebody who is unknown here"));
    CHECK((things.status("file").st_mode & 07777U) == 0644U);
  }
}

TEST_CASE("attributes that no file can have are errors") {
  const Things things(0);
  RestoreNotes notes;
  MetadataWriter writer(notes);
  Entry entry = entry_of(EntryType::File, 0644);
  SECTION("too large") {
    constexpr std::size_t kMoreThanTheKernelTakes = 70'000;
    entry.attributes = {{"user.note", std::string(kMoreThanTheKernelTakes, 'x')}};
    CHECK(refusal(writer.apply(things.file.get(), entry)).find("the attributes of") !=
          std::string::npos);
  }
  SECTION("a default ACL of what is no directory") {
    entry.default_acl = kAcl;
    CHECK(refusal(writer.apply(things.file.get(), entry)).find("the ACL of") != std::string::npos);
  }
}

}  // namespace backstay::runtime
