#include "compiler/plan/text_page.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "lang/base/printable.hpp"

namespace backstay::plan {

void TextPage::heading(std::string_view text) {
  const std::string shown = lang::printable(text, options_.unicode);
  out_ += out_.empty() ? "" : "\n";
  out_ += options_.color ? fmt::format("\x1b[1m{}\x1b[0m\n", shown) : fmt::format("{}\n", shown);
}

void TextPage::line(std::string_view text) {
  out_ += fmt::format("  {}\n", lang::printable(text, options_.unicode));
}

void TextPage::danger(std::string_view text) {
  out_ += fmt::format("  {} {}\n", options_.color ? "\x1b[31m!\x1b[0m" : "!",
                      lang::printable(text, options_.unicode));
}

void TextPage::table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t column = 0; column + 1 < row.size(); ++column) {
      widths[column] = std::max(widths[column], lang::display_width(row[column]));
    }
  }
  for (const auto& row : rows) {
    std::string text;
    for (std::size_t column = 0; column < row.size(); ++column) {
      const bool last = column + 1 == row.size();
      const std::size_t padding =
          widths[column] + 2 - std::min(widths[column], lang::display_width(row[column]));
      text += last ? row[column] : row[column] + std::string(padding, ' ');
    }
    line(text.substr(0, text.find_last_not_of(' ') + 1));
  }
}

std::string plural(std::size_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

}  // namespace backstay::plan
