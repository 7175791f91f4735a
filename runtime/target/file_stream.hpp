// Files as they come in over a line, written below a directory as they come.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "lang/base/result.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// Reads the reply of `get`: a line, then for each file a line `file SIZE PATH` and its bytes, then
/// the end line. Only what was asked for is written.
class FileStream {
 public:
  FileStream(Filesystem& files, std::string directory, std::set<std::string> wanted)
      : files_(files), directory_(std::move(directory)), wanted_(std::move(wanted)) {}

  /// The next bytes. Errors: BadInput, Io, NoSpace; what the reply says instead.
  Result<void> take(std::string_view bytes);
  /// At the end. Errors: Io (temporary) where it was cut short, NotFound, what the reply says.
  Result<void> finish();

 private:
  Result<void> take_line(const std::string& line);
  Result<void> begin(const std::string& size, const std::string& path);
  Result<void> write(std::string_view bytes);

  Filesystem& files_;
  std::string directory_;
  std::set<std::string> wanted_;
  std::string line_;
  std::string error_;  // the reply, where it is an error
  std::unique_ptr<File> file_;
  std::uint64_t left_ = 0;  // of the file
  bool ok_ = false;         // the first line came
  bool ended_ = false;
};

}  // namespace backstay::runtime
