// What `restore --undo` or `restore --commit` would do, from a restore's record alone: for
// --dry-run.
#pragma once

#include <string>
#include <vector>

#include "runtime/restore/restore_record.hpp"

namespace backstay::cli {

/// A line each, in the order of the undo: the last change first. What was taken back before is left
/// out. The units that are stopped and started again come last.
[[nodiscard]] std::vector<std::string> would_undo(const runtime::RecordContent& restore);

/// A line for each thing that was set aside, and its files' bytes.
[[nodiscard]] std::vector<std::string> would_remove(const runtime::RecordContent& restore);

}  // namespace backstay::cli
