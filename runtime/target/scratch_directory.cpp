#include "runtime/target/scratch_directory.hpp"

#include <utility>

#include "runtime/system/environment.hpp"

namespace backstay::runtime {

Result<ScratchDirectory> ScratchDirectory::make(Filesystem& files, const std::string& parent) {
  BACKSTAY_TRY(make_directories(files, parent, 0700));
  BACKSTAY_ASSIGN(const auto names, files.list(parent));
  for (const std::string& name : names) {
    const std::string left = parent + "/" + name;
    const auto status = files.status(left);
    if (!status || status->type != FileType::Directory)
      continue;
    // Its lock ended with its process; one that is in use is left alone.
    if (const auto lock = files.lock_directory(left))
      BACKSTAY_TRY(remove_tree(files, left));
  }
  std::string path = parent + "/" + random_hex8();
  BACKSTAY_TRY(files.make_directory(path, 0700));
  BACKSTAY_ASSIGN(auto lock, files.lock_directory(path));
  return ScratchDirectory(files, std::move(path), std::move(lock));
}

ScratchDirectory::ScratchDirectory(ScratchDirectory&& other) noexcept
    : files_(other.files_), path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}

ScratchDirectory::~ScratchDirectory() {
  // Why errors are ignored: the next one removes what is left.
  if (!path_.empty())
    (void)remove_tree(files_, path_);
}

}  // namespace backstay::runtime
