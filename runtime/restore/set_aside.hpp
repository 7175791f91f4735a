// Where replaced and surplus things go: NAME.orig-RUN beside the tree, with their relative paths.
// Nothing of the operator's is ever deleted.
#pragma once

#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/restore/beneath.hpp"

namespace backstay::runtime {

/// `NAME.orig-RUN`, shortened where the file system could not hold it.
[[nodiscard]] std::string orig_name(const std::string& name, const std::string& run_id);
/// The first of `name`, `name.2`, `name.3` … that is free in an open directory: a restore that is
/// repeated keeps what it set aside at first.
[[nodiscard]] Result<std::string> free_name(int directory, const std::string& name);

/// The directory NAME.orig-RUN, made when the first thing is set aside.
class SetAside {
 public:
  /// directory  holds the tree (or is its top, where the tree is a mount); path  its absolute path
  /// live       the tree's top, whose directories' owners and modes the kept ones copy
  SetAside(int directory, std::string path, std::string name, int live);

  /// Moves NAME of a live directory away. relative  its path in the tree
  Result<void> move(int live_directory, const std::string& name, const std::string& relative);
  /// Keeps the file or link that is about to be replaced by a rename, without a moment of absence.
  /// False: it could not be linked; use move().
  Result<bool> keep(int live_directory, const std::string& name, const std::string& relative);
  /// Notes a directory's owner and mode before they change.
  Result<void> note_directory(const std::string& relative);

  [[nodiscard]] bool used() const { return top_.open(); }

  /// Its absolute path.
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  Result<Descriptor> parent_of(const std::string& relative);
  Result<void> make_directory(const std::string& relative);

  int directory_;
  std::string path_;
  std::string name_;
  int live_;
  Descriptor top_;
};

}  // namespace backstay::runtime
