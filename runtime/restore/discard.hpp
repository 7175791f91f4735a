// Where an undo puts what a restore had brought before it removes it: `.backstay-undone-RUN-N`, in
// the directory of the place. A move there is one step; the removal may be killed and repeated.
#pragma once

#include <string>

#include "lang/base/result.hpp"
#include "runtime/restore/beneath.hpp"

namespace backstay::runtime {

class Discard {
 public:
  /// directory  open, on the file system of what goes; made when the first thing comes
  Discard(int directory, const std::string& run_id, std::size_t number)
      : directory_(directory), name_(".backstay-undone-" + run_id + "-" + std::to_string(number)) {}

  /// Moves NAME of an open directory away. Errors: Refused (a mount is in it), Io.
  Result<void> take(int from, const std::string& name);
  /// Removes what was taken, now and by an earlier try that was killed.
  Result<void> empty();

 private:
  int directory_;
  std::string name_;
  Descriptor opened_;
  std::size_t count_ = 0;
};

/// Absolute paths are not known here: whether a mount lies at or below NAME of an open directory.
[[nodiscard]] Result<bool> holds_mount(int directory, const std::string& name);

}  // namespace backstay::runtime
