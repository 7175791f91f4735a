// Rows in columns, for terminals.
#pragma once

#include <string>
#include <vector>

namespace backstay::cli {

/// Columns as wide as their widest cell, two blanks between them, no blanks at the ends of lines.
/// Cells are made printable.
[[nodiscard]] std::string render_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace backstay::cli
