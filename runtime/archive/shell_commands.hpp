// The commands of a restore by hand that name files of the source.
#pragma once

#include <string>
#include <string_view>

#include "runtime/archive/entry.hpp"

namespace backstay::runtime {

/// A word for a POSIX shell, any bytes but NUL.
[[nodiscard]] std::string shell_quoted(std::string_view text);

/// Fills a large file whose metadata was extracted before: `join`, dd and what writing to it undid.
/// Lines of RESTORE.txt, which says what `join` and `$ROOT` are.
[[nodiscard]] std::string large_file_commands(const Entry& entry);

}  // namespace backstay::runtime
