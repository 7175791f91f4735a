#include "runtime/restore/metadata.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "runtime/archive/acl.hpp"

namespace backstay::runtime {

namespace {

std::array<timespec, 2> times_of(const Entry& entry) {
  return {
      {{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
       {.tv_sec = static_cast<time_t>(entry.mtime), .tv_nsec = static_cast<long>(entry.mtime_ns)}}};
}

Error cannot(const char* what, const Entry& entry) {
  return errno_error(errno, std::string("cannot set the ") + what + " of `/" + entry.path + "`");
}

}  // namespace

void RestoreNotes::add(const std::string& note) {
  const std::lock_guard guard(mutex_);
  notes_.insert(note);
}

std::vector<std::string> RestoreNotes::take() {
  const std::lock_guard guard(mutex_);
  return {notes_.begin(), notes_.end()};
}

MetadataWriter::Owner MetadataWriter::owner_of(const Entry& entry) {
  Owner owner{entry.uid, entry.gid};
  if (!entry.user.empty()) {
    const auto number = owners_.user_number(entry.user);
    if (!number) {
      notes_.add("the user `" + entry.user + "` is unknown here: its number " +
                 std::to_string(entry.uid) + " was used");
    }
    owner.uid = number.value_or(entry.uid);
  }
  if (!entry.group.empty()) {
    const auto number = owners_.group_number(entry.group);
    if (!number) {
      notes_.add("the group `" + entry.group + "` is unknown here: its number " +
                 std::to_string(entry.gid) + " was used");
    }
    owner.gid = number.value_or(entry.gid);
  }
  return owner;
}

Result<void> MetadataWriter::apply_acl(int descriptor,
                                       const std::string& text,
                                       const char* attribute,
                                       const Entry& entry) {
  if (text.empty())
    return {};
  auto bytes = acl_to_bytes(text, [&](std::string_view name, bool group) {
    return group ? owners_.group_number(name) : owners_.user_number(name);
  });
  if (!bytes) {
    notes_.add("the ACL of `/" + entry.path + "` names somebody who is unknown here: left out");
    return {};
  }
  if (fsetxattr(descriptor, attribute, bytes->data(), bytes->size(), 0) == 0)
    return {};
  if (errno == ENOTSUP) {
    notes_.add("the file system keeps no ACLs: left out");
    return {};
  }
  return cannot("ACL", entry);
}

Result<void> MetadataWriter::apply_attributes(int descriptor, const Entry& entry) {
  for (const ExtendedAttribute& attribute : entry.attributes) {
    if (fsetxattr(descriptor, attribute.name.c_str(), attribute.value.data(),
                  attribute.value.size(), 0) == 0) {
      continue;
    }
    if (errno != ENOTSUP && errno != EPERM)
      return cannot("attributes", entry);
    notes_.add("the attribute `" + attribute.name + "` of `/" + entry.path + "` could not be set");
  }
  BACKSTAY_TRY(apply_acl(descriptor, entry.acl, kAccessAcl.data(), entry));
  return apply_acl(descriptor, entry.default_acl, kDefaultAcl.data(), entry);
}

// Whether the object has the owner that it should have.
Result<bool> MetadataWriter::apply_owner(int descriptor, const Entry& entry, const Birth* birth) {
  const Owner owner = owner_of(entry);
  if (birth != nullptr && birth->uid == owner.uid && birth->gid == owner.gid)
    return true;
  if (fchown(descriptor, owner.uid, owner.gid) == 0)
    return true;
  if (errno != EPERM)
    return cannot("owner", entry);
  notes_.add("owners could not be set: this needs root");
  return false;
}

Result<void> MetadataWriter::apply(int descriptor, const Entry& entry, const Birth* birth) {
  BACKSTAY_ASSIGN(const bool owned, apply_owner(descriptor, entry, birth));
  BACKSTAY_TRY(apply_attributes(descriptor, entry));
  // Why: set-id bits for the wrong owner would be a gift.
  const std::uint32_t mode = owned ? entry.mode : entry.mode & 01777U;
  const bool has_mode =
      birth != nullptr && birth->exact_mode && entry.acl.empty() && (mode & 07000U) == 0;
  if (!has_mode && fchmod(descriptor, static_cast<mode_t>(mode)) != 0)
    return cannot("mode", entry);
  if (futimens(descriptor, times_of(entry).data()) != 0)
    return cannot("times", entry);
  return {};
}

Result<void> MetadataWriter::apply_at(int directory, const std::string& name, const Entry& entry) {
  const Owner owner = owner_of(entry);
  if (fchownat(directory, name.c_str(), owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != EPERM)
      return cannot("owner", entry);
    notes_.add("owners could not be set: this needs root");
  }
  // Why fchmodat may follow nothing here: the directory is ours alone (0700) until it is placed.
  if (entry.type != EntryType::Symlink &&
      fchmodat(directory, name.c_str(), static_cast<mode_t>(entry.mode), 0) != 0) {
    return cannot("mode", entry);
  }
  if (utimensat(directory, name.c_str(), times_of(entry).data(), AT_SYMLINK_NOFOLLOW) != 0) {
    return cannot("times", entry);
  }
  return {};
}

}  // namespace backstay::runtime
