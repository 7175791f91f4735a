// The scratch place of one drill: a directory of its own that begins empty and ends removed.
//
// A drill may be killed at any moment, so what it leaves can be told from everything else: a marker
// in the directory names its inode, a note in the state directory says where it is, and a lock that
// ends with the process says whether the drill lives. Only what all three agree on is removed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/store/lock.hpp"

namespace backstay::runtime {

class Sandbox {
 public:
  /// Claims `directory` (absolute) for a run: one that is not there is made, an empty one is taken.
  /// Errors: Refused for one that holds anything or that others may write to, Io.
  [[nodiscard]] static Result<std::unique_ptr<Sandbox>> claim(World& world,
                                                              const std::string& run_id,
                                                              const std::string& directory);

  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;
  ~Sandbox() = default;

  [[nodiscard]] const std::string& directory() const { return directory_; }

  /// Where the files of a host are restored, below it as they lie below `/` there.
  [[nodiscard]] std::string root(const std::string& host) const;
  /// Of one scratch server: its data, socket and temporary files.
  [[nodiscard]] std::string server(const std::string& name) const;

  /// Ends processes that were left in it, removes all that is in it, and itself where it was made.
  [[nodiscard]] Result<void> remove();
  /// It stays until remove_sandboxes() is asked for kept ones too.
  [[nodiscard]] Result<void> keep();

 private:
  Sandbox(World& world, std::string directory, std::string note)
      : world_(world), directory_(std::move(directory)), note_(std::move(note)) {}

  World& world_;
  std::string directory_;
  std::string note_;  ///< path of the note in the state directory
  Lock lock_;         ///< on the marker
};

/// Where a drill puts its sandbox unless it is told: a name that nobody has.
[[nodiscard]] std::string usual_sandbox(const std::string& run_id);

/// Whether `directory` could be claimed; changes nothing. Errors: as Sandbox::claim().
[[nodiscard]] Result<void> check_sandbox(Filesystem& files, const std::string& directory);

/// Removes the sandboxes of drills that are dead; with `kept` also those that `--keep` left. Gives
/// a line about each. One that cannot be removed says why and stays.
[[nodiscard]] std::vector<std::string> remove_sandboxes(World& world, bool kept);

}  // namespace backstay::runtime
