// What an attacker may put into an archive and a file list, each as a forgery that is otherwise
// right.
#pragma once

#include <string>
#include <vector>

#include "tests/unit/runtime/restore/forged_snapshot.hpp"

namespace backstay::runtime::testing {

struct HostileCase {
  std::string name;
  Forgery forgery;
  bool harmless = false;  ///< may be restored: it is odd, and leads nowhere
};

/// top      absolute path of the tree that is restored
/// outside  absolute path of a directory beside it that holds the file `victim`
[[nodiscard]] std::vector<HostileCase> hostile_cases(const std::string& top,
                                                     const std::string& outside);

}  // namespace backstay::runtime::testing
