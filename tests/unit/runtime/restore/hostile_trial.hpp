// Restores a forged snapshot as an attacker's victim would, and looks at what it did to the
// machine.
#pragma once

#include <string>

#include "tests/support/temporary_directory.hpp"
#include "tests/unit/runtime/restore/hostile_cases.hpp"
#include "tests/unit/runtime/store/tree_compare.hpp"

namespace backstay::runtime::testing {

enum class Who { Root, User };

/// How one restore went.
struct Aftermath {
  std::string error;    ///< of the restore; empty: it succeeded
  std::string outside;  ///< what changed outside of the tree; empty: nothing
  std::string gifts;    ///< what now gives privileges inside; empty: nothing
  std::string remains;  ///< after a restore that failed: what it left or changed; empty: nothing

  [[nodiscard]] bool harmed() const { return !outside.empty() || !gifts.empty(); }
};

/// A directory with a store, a tree to restore to and a victim beside. Each attack begins anew.
class HostileTrial {
 public:
  HostileTrial();

  [[nodiscard]] const std::string& top() const { return top_; }

  [[nodiscard]] const std::string& outside() const { return outside_; }

  /// populated  the tree lives already and is replaced in place
  Aftermath attack(const Forgery& forgery, TarDialect dialect, Who who, bool populated);
  /// The same bytes through libarchive, which gets them as one archive and takes them as they are.
  /// flags  of archive_write_disk
  Aftermath extract_with_libarchive(const Forgery& forgery, TarDialect dialect, int flags);

 private:
  void prepare(Who who, bool populated);
  Aftermath look(const std::string& error, bool populated);

  test::TemporaryDirectory directory_;
  std::string work_ = directory_ / "work";
  std::string top_ = work_ + "/live";
  std::string outside_ = work_ + "/outside";
  Store store_;
  TreeDescription before_;
  TreeDescription live_before_;
};

}  // namespace backstay::runtime::testing
