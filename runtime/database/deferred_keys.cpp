// Line by line: see the header.
#include "runtime/database/deferred_keys.hpp"

#include <algorithm>
#include <vector>

namespace backstay::runtime {
namespace {

constexpr std::string_view kKey = "  KEY `";

std::vector<std::string_view> all_lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (true) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos)
      return lines;
    text.remove_prefix(end + 1);
  }
}

/// A line that ends within a name or a text has an odd number of its quotes.
bool is_whole(std::string_view line) {
  return std::count(line.begin(), line.end(), '`') % 2 == 0 &&
         std::count(line.begin(), line.end(), '\'') % 2 == 0;
}

/// Whether the column that counts upwards, if there is one, leads the primary key.
bool counts_by_primary_key(const std::vector<std::string_view>& lines, std::string_view create) {
  for (const std::string_view line : lines) {
    if (!line.starts_with("  `") || line.find(" AUTO_INCREMENT") == std::string_view::npos)
      continue;
    const std::string_view column = line.substr(2, line.find('`', 3) - 1);
    return create.find("  PRIMARY KEY (" + std::string(column)) != std::string_view::npos;
  }
  return true;
}

std::string_view without_comma(std::string_view line) {
  return line.ends_with(',') ? line.substr(0, line.size() - 1) : line;
}

}  // namespace

DeferredKeys defer_keys(std::string_view create) {
  const DeferredKeys as_it_is{.create = std::string(create), .add = {}};
  const auto lines = all_lines_of(create);
  const bool plain = std::all_of(lines.begin(), lines.end(), is_whole) &&
                     create.find(" FOREIGN KEY ") == std::string_view::npos &&
                     counts_by_primary_key(lines, create);
  if (!plain)
    return as_it_is;
  DeferredKeys deferred;
  std::vector<std::string> kept;
  std::size_t last = 0;  // of what stands between the parentheses
  bool inside = true;    // partitions come behind them
  for (const std::string_view line : lines) {
    inside = inside && !line.starts_with(')');
    if (inside && line.starts_with(kKey)) {
      deferred.add += (deferred.add.empty() ? "ADD " : ", ADD ");
      deferred.add += without_comma(line.substr(2));
      continue;
    }
    if (inside && line.starts_with("  "))
      last = kept.size();
    kept.emplace_back(line);
  }
  if (deferred.add.empty() || last == 0)
    return as_it_is;
  kept[last] = without_comma(kept[last]);
  for (const std::string& line : kept)
    deferred.create += (deferred.create.empty() ? "" : "\n") + line;
  return deferred;
}

}  // namespace backstay::runtime
