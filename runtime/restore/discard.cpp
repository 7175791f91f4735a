#include "runtime/restore/discard.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

#include "runtime/archive/source_directory.hpp"
#include "runtime/restore/set_aside.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

Result<bool> holds_mount(int directory, const std::string& name) {
  BACKSTAY_ASSIGN(const auto status, status_beneath(directory, name));
  if (!status || !S_ISDIR(status->st_mode))
    return false;
  BACKSTAY_ASSIGN(Descriptor opened, open_beneath(directory, name));
  if (mount_of(opened.get()) != mount_of(directory))
    return true;
  const SourceDirectory below{std::move(opened), name};
  BACKSTAY_ASSIGN(const auto names, read_names(below));
  for (const NameInDirectory& child : names) {
    if (child.type != DT_DIR && child.type != DT_UNKNOWN)
      continue;
    BACKSTAY_ASSIGN(const bool mount, holds_mount(below.descriptor.get(), child.name));
    if (mount)
      return true;
  }
  return false;
}

Result<void> Discard::take(int from, const std::string& name) {
  BACKSTAY_ASSIGN(const bool mount, holds_mount(from, name));
  if (mount) {
    return Error{.kind = ErrorKind::Refused,
                 .message = "something is mounted in `" + name + "`, which would be removed",
                 .hint = "unmount it, then try again"};
  }
  if (!opened_.open()) {
    BACKSTAY_FAILPOINT("undo.discard.create");
    if (mkdirat(directory_, name_.c_str(), 0700) != 0 && errno != EEXIST)
      return errno_error(errno, "cannot make `" + name_ + "`");
    BACKSTAY_ASSIGN(opened_, open_beneath(directory_, name_));
  }
  BACKSTAY_ASSIGN(const std::string free, free_name(opened_.get(), std::to_string(++count_)));
  BACKSTAY_FAILPOINT("undo.discard.take");
  return move_beneath(from, name, opened_.get(), free);
}

Result<void> Discard::empty() {
  BACKSTAY_FAILPOINT("undo.discard.remove");
  BACKSTAY_ASSIGN(const auto status, status_beneath(directory_, name_));
  return status ? remove_beneath(directory_, name_) : Result<void>();
}

}  // namespace backstay::runtime
