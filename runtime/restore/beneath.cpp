#include "runtime/restore/beneath.hpp"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace backstay::runtime {

std::pair<std::string, std::string> split_path(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos)
    return {std::string(), path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

namespace {

// The kernel takes at most 4095 bytes of a path at once; trees may be deeper.
constexpr std::size_t kMostAtOnce = 4000;

Result<Descriptor> open_at_once(int root, const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const char* name = path.empty() ? "." : path.c_str();
  long number = -1;
  do {
    number = syscall(SYS_openat2, root, name, &how, sizeof how);
  } while (number < 0 && (errno == EINTR || errno == EAGAIN));
  if (number < 0)
    return errno_error(errno, "cannot open the directory `" + path + "`");
  return Descriptor(static_cast<int>(number));
}

}  // namespace

Result<Descriptor> open_beneath(int root, const std::string& path) {
  const std::size_t slash =
      path.size() <= kMostAtOnce ? std::string::npos : path.rfind('/', kMostAtOnce);
  if (slash == std::string::npos)
    return open_at_once(root, path);
  BACKSTAY_ASSIGN(const Descriptor above, open_at_once(root, path.substr(0, slash)));
  return open_beneath(above.get(), path.substr(slash + 1));
}

Result<Descriptor> open_place(const std::string& absolute_path) {
  const int number = open(absolute_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (number < 0)
    return errno_error(errno, "cannot open the directory `" + absolute_path + "`");
  return Descriptor(number);
}

Result<std::optional<struct stat>> status_beneath(int directory, const std::string& name) {
  struct stat status {};

  if (fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
    return std::optional(status);
  if (errno == ENOENT)
    return std::optional<struct stat>();
  return errno_error(errno, "cannot look at `" + name + "`");
}

Result<void> remove_beneath(int directory, const std::string& name) {
  if (unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT)
    return {};
  if (errno != EISDIR && errno != EPERM)
    return errno_error(errno, "cannot remove `" + name + "`");
  BACKSTAY_ASSIGN(Descriptor descriptor, open_beneath(directory, name));
  const SourceDirectory child{std::move(descriptor), name};
  if (mount_of(child.descriptor.get()) != mount_of(directory)) {
    return Error{.kind = ErrorKind::Refused, .message = "`" + name + "` is a mount: not removed"};
  }
  (void)fchmod(child.descriptor.get(), 0700);
  BACKSTAY_ASSIGN(const auto names, read_names(child));
  for (const NameInDirectory& below : names)
    BACKSTAY_TRY(remove_beneath(child.descriptor.get(), below.name));
  if (unlinkat(directory, name.c_str(), AT_REMOVEDIR) == 0)
    return {};
  return errno_error(errno, "cannot remove the directory `" + name + "`");
}

Result<void> move_beneath(int from_directory,
                          const std::string& from,
                          int to_directory,
                          const std::string& to) {
  if (renameat2(from_directory, from.c_str(), to_directory, to.c_str(), RENAME_NOREPLACE) == 0)
    return {};
  return errno_error(errno, "cannot move `" + from + "` to `" + to + "`");
}

std::uint64_t mount_of(int directory) {
  struct statx status {};

  if (statx(directory, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) != 0)
    return 0;
  return status.stx_mnt_id;
}

Result<int> DirectoryCache::open(const std::string& path) {
  if (!descriptor_.open() || path != path_) {
    BACKSTAY_ASSIGN(descriptor_, open_beneath(root_, path));
    path_ = path;
  }
  return descriptor_.get();
}

}  // namespace backstay::runtime
