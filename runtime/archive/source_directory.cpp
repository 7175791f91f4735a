#include "runtime/archive/source_directory.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "runtime/archive/acl.hpp"

namespace backstay::runtime {

namespace {

constexpr std::size_t kNamesBytes = std::size_t{64} << 10U;
constexpr std::size_t kLargestAttribute = std::size_t{64} << 10U;  // XATTR_SIZE_MAX

bool is_kept_attribute(std::string_view name) {
  return name.starts_with("user.") || name == "security.capability" || name == kAccessAcl ||
         name == kDefaultAcl;
}

Result<void> fill_attribute(Entry& entry, int descriptor, const char* name, Owners& owners) {
  std::string value(kLargestAttribute, '\0');
  const ssize_t size = fgetxattr(descriptor, name, value.data(), value.size());
  if (size < 0 && errno == ENODATA)
    return {};
  if (size < 0)
    return errno_error(errno, std::string("cannot read the attribute `") + name + "`");
  value.resize(static_cast<std::size_t>(size));
  const std::string_view key = name;
  if (key != kAccessAcl && key != kDefaultAcl) {
    entry.attributes.push_back({name, std::move(value)});
    return {};
  }
  const auto text = acl_to_text(value, [&](std::uint32_t id, bool group) {
    return group ? owners.group_name(id) : owners.user_name(id);
  });
  if (!text)
    return Error{.kind = ErrorKind::Io, .message = "an ACL that cannot be read"};
  (key == kAccessAcl ? entry.acl : entry.default_acl) = *text;
  return {};
}

}  // namespace

Descriptor open_source(int directory, const char* name, int flags) {
  const int common = flags | O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  int descriptor = openat(directory, name, common | O_NOATIME);
  // Why: only the owner and root may leave the access time alone.
  if (descriptor < 0 && errno == EPERM)
    descriptor = openat(directory, name, common);
  return Descriptor(descriptor);
}

Result<std::vector<NameInDirectory>> read_names(const SourceDirectory& directory) {
  struct KernelEntry {  // linux_dirent64, see getdents64(2)
    ino64_t inode;
    off64_t offset;
    unsigned short length;
    unsigned char type;
  };

  constexpr std::size_t kNameOffset = 19;
  std::vector<NameInDirectory> names;
  alignas(KernelEntry) std::array<char, kNamesBytes> buffer;  // NOLINT: filled by the kernel
  while (true) {
    const long count =
        syscall(SYS_getdents64, directory.descriptor.get(), buffer.data(), buffer.size());
    if (count < 0)
      return errno_error(errno, "cannot list `/" + directory.path + "`");
    if (count == 0)
      break;
    for (long at = 0; at < count;) {
      KernelEntry entry{};
      std::memcpy(&entry, buffer.data() + at, kNameOffset);
      const char* name = buffer.data() + at + kNameOffset;
      if (std::strcmp(name, ".") != 0 && std::strcmp(name, "..") != 0) {
        names.push_back({name, entry.type});
      }
      at += entry.length;
    }
  }
  std::ranges::sort(names, {}, &NameInDirectory::name);
  return names;
}

void fill_from_status(Entry& entry, const struct stat& status, Owners& owners) {
  entry.mode = status.st_mode & 07777U;
  entry.uid = status.st_uid;
  entry.gid = status.st_gid;
  entry.user = owners.user_name(status.st_uid);
  entry.group = owners.group_name(status.st_gid);
  entry.mtime = status.st_mtim.tv_sec;
  entry.mtime_ns = static_cast<std::uint32_t>(status.st_mtim.tv_nsec);
  if (S_ISREG(status.st_mode)) {
    entry.size = static_cast<std::uint64_t>(status.st_size);
    entry.sparse = status.st_blocks * 512 < status.st_size;
  }
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
    entry.device_major = major(status.st_rdev);
    entry.device_minor = minor(status.st_rdev);
  }
}

Result<void> fill_attributes(Entry& entry, int descriptor, Owners& owners) {
  std::array<char, kLargestAttribute> names;  // NOLINT: filled by the kernel
  const ssize_t size = flistxattr(descriptor, names.data(), names.size());
  if (size < 0 && errno == ENOTSUP)
    return {};
  if (size < 0)
    return errno_error(errno, "cannot list its attributes");
  for (ssize_t at = 0; at < size;) {
    const char* name = names.data() + at;
    at += static_cast<ssize_t>(std::strlen(name)) + 1;
    if (is_kept_attribute(name))
      BACKSTAY_TRY(fill_attribute(entry, descriptor, name, owners));
  }
  std::ranges::sort(entry.attributes, {}, &ExtendedAttribute::name);
  return {};
}

}  // namespace backstay::runtime
