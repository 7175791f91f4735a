// The parts of a service that come to lie in different targets: what its backups hold, and each
// tree that is mirrored.
//
// A mirror is a copy of what it holds and of nothing else, so promises about copies are judged for
// each part, and the worst counts.
#pragma once

#include <string>
#include <vector>

#include "compiler/model/policy.hpp"

namespace backstay::compiler {

/// One part, with where it lies.
struct ServicePart {
  std::string path = {};            ///< of a mirrored tree; empty: all that the backups hold
  bool in_backups = true;           ///< the backups of the service hold it
  std::vector<Index> mirrors = {};  ///< → targets that hold it as a mirror, sorted, each once
};

/// Does a run of its backups make points of it? A mirror is none.
[[nodiscard]] bool holds_points(const Service& service);

/// Never empty.
[[nodiscard]] std::vector<ServicePart> parts_of(const Service& service);

}  // namespace backstay::compiler
