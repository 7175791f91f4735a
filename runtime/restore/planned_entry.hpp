// An entry of a snapshot and where a restore puts it.
#pragma once

#include <functional>
#include <string>

#include "lang/base/result.hpp"
#include "runtime/archive/entry.hpp"

namespace backstay::runtime {

/// An entry and where it goes. For a hard link whose file is not restored, `entry` is that file.
struct PlannedEntry {
  Entry entry;
  std::string place;       ///< relative to the new directory
  std::string link_place;  ///< hard links: the place of their file
  /// A file that is restored without what gives privileges; `entry` is still as it was stored, so
  /// that its content is found.
  bool unprivileged = false;
};

/// Gets entries one after the other: directories before what they hold, links after their files.
using PlannedVisitor = std::function<Result<void>(PlannedEntry&& planned)>;

}  // namespace backstay::runtime
