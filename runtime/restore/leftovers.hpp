// `.backstay-new-RUN…`: where a restore writes before it places. A restore that died leaves one;
// the next restore of the same place removes it, or, if it holds the old tree, sets that aside.
#pragma once

#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/restore/beneath.hpp"

namespace backstay::runtime {

/// Our working directory, locked as long as we live and removed when we are done with it.
class WorkDirectory {
 public:
  /// Makes `.backstay-new-RUN-LABEL` (0700) in an open directory and locks it.
  static Result<WorkDirectory> make(int directory,
                                    const std::string& run_id,
                                    const std::string& label);

  WorkDirectory(WorkDirectory&& other) noexcept;
  WorkDirectory& operator=(WorkDirectory&&) = delete;
  ~WorkDirectory();

  [[nodiscard]] int descriptor() const { return descriptor_.get(); }

  /// Says durably that `tree` is about to be exchanged with the live NAME, so that whoever finds
  /// this directory knows whether it holds the new or the old tree. orig  the name of what is set
  /// aside
  Result<void> announce_exchange(const std::string& orig);

 private:
  WorkDirectory(int parent, std::string name, Descriptor descriptor)
      : parent_(parent), name_(std::move(name)), descriptor_(std::move(descriptor)) {}

  int parent_;
  std::string name_;
  Descriptor descriptor_;
};

/// Looks for working directories of restores that died in an open directory. path  for messages
/// Returns the absolute paths of old trees that it set aside.
[[nodiscard]] Result<std::vector<std::string>> clean_leftovers(int directory,
                                                               const std::string& path);

/// The name of the new tree in a working directory.
inline constexpr const char* kNewTree = "tree";

}  // namespace backstay::runtime
