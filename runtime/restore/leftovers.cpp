#include "runtime/restore/leftovers.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

namespace {

constexpr std::string_view kPrefix = ".backstay-new-";
constexpr const char* kMarker = "exchange";

// The marker: device and inode of the new tree, and the name for the old one.
std::string marker_text(const struct stat& tree, const std::string& orig) {
  return std::to_string(tree.st_dev) + " " + std::to_string(tree.st_ino) + "\n" + orig;
}

std::string read_marker(int directory) {
  const Descriptor file(openat(directory, kMarker, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  std::array<char, 1024> text{};
  const ssize_t size = file.open() ? read(file.get(), text.data(), text.size()) : 0;
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string();
}

// Where the work directory holds the old tree, its name to be; else empty.
std::string old_tree_name(int directory) {
  const std::string marker = read_marker(directory);
  const auto tree = status_beneath(directory, kNewTree);
  const std::size_t line = marker.find('\n');
  if (line == std::string::npos || !tree || !*tree)
    return {};
  const std::string orig = marker.substr(line + 1);
  const bool still_new = marker_text(**tree, orig) == marker;
  return still_new || orig.find('/') != std::string::npos ? std::string() : orig;
}

}  // namespace

Result<WorkDirectory> WorkDirectory::make(int directory,
                                          const std::string& run_id,
                                          const std::string& label) {
  BACKSTAY_FAILPOINT("restore.work.create");
  const std::string name = std::string(kPrefix) + run_id + "-" + label;
  if (mkdirat(directory, name.c_str(), 0700) != 0)
    return errno_error(errno, "cannot make `" + name + "`");
  BACKSTAY_ASSIGN(Descriptor descriptor, open_beneath(directory, name));
  if (flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0)
    return errno_error(errno, "cannot lock `" + name + "`");
  return WorkDirectory(directory, name, std::move(descriptor));
}

WorkDirectory::WorkDirectory(WorkDirectory&& other) noexcept
    : parent_(other.parent_),
      name_(std::exchange(other.name_, {})),
      descriptor_(std::move(other.descriptor_)) {}

WorkDirectory::~WorkDirectory() {
  if (name_.empty() || !descriptor_.open())
    return;
  // Why not when it holds the old tree: that is the operator's; the next restore sets it aside.
  if (old_tree_name(descriptor_.get()).empty())
    (void)remove_beneath(parent_, name_);
}

Result<void> WorkDirectory::announce_exchange(const std::string& orig) {
  BACKSTAY_ASSIGN(const auto tree, status_beneath(descriptor_.get(), kNewTree));
  if (!tree)
    return Error{.kind = ErrorKind::Io, .message = "the new tree is gone"};
  const std::string text = marker_text(*tree, orig);
  const Descriptor file(openat(descriptor_.get(), kMarker,
                               O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.open() ||
      write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      fsync(file.get()) != 0 || fsync(descriptor_.get()) != 0) {
    return errno_error(errno, "cannot write in `" + name_ + "`");
  }
  return {};
}

Result<std::vector<std::string>> clean_leftovers(int directory, const std::string& path) {
  BACKSTAY_ASSIGN(Descriptor again, open_beneath(directory, "."));
  BACKSTAY_ASSIGN(const auto names, read_names(SourceDirectory{std::move(again), path}));
  std::vector<std::string> aside;
  for (const NameInDirectory& child : names) {
    if (!child.name.starts_with(kPrefix))
      continue;
    const auto leftover = open_beneath(directory, child.name);
    if (!leftover || flock(leftover->get(), LOCK_EX | LOCK_NB) != 0)
      continue;  // somebody lives in it
    if (const std::string orig = old_tree_name(leftover->get()); !orig.empty()) {
      BACKSTAY_FAILPOINT("restore.leftover.aside");
      BACKSTAY_TRY(move_beneath(leftover->get(), kNewTree, directory, orig));
      aside.push_back(path + (path.ends_with('/') ? "" : "/") + orig);
    }
    BACKSTAY_FAILPOINT("restore.leftover.remove");
    BACKSTAY_TRY(remove_beneath(directory, child.name));
  }
  return aside;
}

}  // namespace backstay::runtime
