#include "runtime/target/scratch_directory.hpp"

#include <utility>

#include "runtime/system/environment.hpp"

namespace backstay::runtime {

namespace {

// What processes left that are dead. Its lock ended with its process; one that is in use is left
// alone.
Result<void> remove_left_over(Filesystem& files, const std::string& parent) {
  BACKSTAY_ASSIGN(const auto names, files.list(parent));
  for (const std::string& name : names) {
    const std::string left = parent + "/" + name;
    const auto status = files.status(left);
    const bool directory = status && status->type == FileType::Directory;
    if (const auto lock =
            directory ? files.lock_directory(left) : Result<std::unique_ptr<File>>(Error{});
        lock) {
      auto removed = remove_tree(files, left);
      if (!removed && removed.error().kind != ErrorKind::NotFound)  // its owner was quicker
        return removed;
    }
  }
  return {};
}

}  // namespace

// Why tried again: between its making and its lock, another one that is made at the same moment may
// take ours for left over.
Result<ScratchDirectory> ScratchDirectory::make(Filesystem& files, const std::string& parent) {
  constexpr int kTries = 20;
  BACKSTAY_TRY(make_directories(files, parent, 0700));
  BACKSTAY_TRY(remove_left_over(files, parent));
  for (int tried = 1;; ++tried) {
    std::string path = parent + "/" + random_hex8();
    BACKSTAY_TRY(files.make_directory(path, 0700));
    auto lock = files.lock_directory(path);
    if (lock)
      return ScratchDirectory(files, std::move(path), std::move(*lock));
    if (tried == kTries)
      return lock.error();
  }
}

ScratchDirectory::ScratchDirectory(ScratchDirectory&& other) noexcept
    : files_(other.files_), path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}

ScratchDirectory::~ScratchDirectory() {
  // Why errors are ignored: the next one removes what is left.
  if (!path_.empty())
    (void)remove_tree(files_, path_);
}

}  // namespace backstay::runtime
