#include "cli/render/table.hpp"

#include <algorithm>

#include "lang/base/printable.hpp"

namespace backstay::cli {
std::string render_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t column = 0; column < row.size(); ++column) {
      widths[column] =
          std::max(widths[column], lang::display_width(lang::printable(row[column], true)));
    }
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column) {
      const std::string cell = lang::printable(row[column], true);
      line += cell + std::string(widths[column] - lang::display_width(cell) + 2, ' ');
    }
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

}  // namespace backstay::cli
