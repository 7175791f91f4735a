// A directory of ours for a while: fetched papers, sealed parts on their way.
#pragma once

#include <memory>
#include <string>

#include "lang/base/result.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// Removed with what is in it on destruction. What killed processes left beside it is removed when
/// the next one is made.
class ScratchDirectory {
 public:
  /// parent  made where it is not there. Errors: Io, NoSpace.
  [[nodiscard]] static Result<ScratchDirectory> make(Filesystem& files, const std::string& parent);

  ScratchDirectory(ScratchDirectory&& other) noexcept;
  ScratchDirectory& operator=(ScratchDirectory&&) = delete;
  ~ScratchDirectory();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  ScratchDirectory(Filesystem& files, std::string path, std::unique_ptr<File> lock)
      : files_(files), path_(std::move(path)), lock_(std::move(lock)) {}

  Filesystem& files_;
  std::string path_;
  std::unique_ptr<File> lock_;
};

}  // namespace backstay::runtime
