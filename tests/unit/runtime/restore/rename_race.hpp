// A second process that swaps a directory and a symbolic link as fast as it can, while files are
// written below that name.
#pragma once

#include <cstddef>
#include <string>

namespace backstay::runtime::testing {

/// Swaps as long as it lives.
class Swapper {
 public:
  /// one, other  paths of two nodes that exist, or will
  Swapper(const std::string& one, const std::string& other);
  Swapper(const Swapper&) = delete;
  Swapper& operator=(const Swapper&) = delete;
  /// Ends the process and waits for it.
  ~Swapper();

 private:
  int process_ = -1;
};

/// What became of many tries to write a file.
struct RaceOutcome {
  std::size_t inside = 0;   ///< written where they belong
  std::size_t refused = 0;  ///< not written, with an error
  std::size_t outside = 0;  ///< found where the link leads
};

/// Writes so many files below a directory that is swapped with a link to a directory outside, each
/// with a writer that knows nothing yet. base  an empty directory
[[nodiscard]] RaceOutcome race_our_writer(const std::string& base, std::size_t tries);

/// The same by libarchive, with all its flags, one archive of so many files.
[[nodiscard]] RaceOutcome race_libarchive(const std::string& base, std::size_t files);

}  // namespace backstay::runtime::testing
