// Messages for people.
#pragma once

#include <string_view>

namespace backstay::cli {

/// Writes to stderr what can be written. Whoever reads it may have left, and the disk of a log may
/// be full: neither ends a backup, and neither keeps the units down that a run has stopped.
void write_stderr(std::string_view text) noexcept;

}  // namespace backstay::cli
