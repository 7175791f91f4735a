// Which file may include what: the floors and the owners of third-party headers as one table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace backstay::test {

/// A line `#include` of a file of ours.
struct Include {
  std::string file;  ///< relative to the root: `runtime/store/commit.cpp`
  int line = 0;
  std::string header;
  bool quoted = false;  ///< `"…"`: ours
};

/// All include lines of a text.
[[nodiscard]] std::vector<Include> includes_of(const std::string& file, std::string_view text);

/// Why a line may not be there, with the rule's reason; empty: it may.
[[nodiscard]] std::string objection_to(const Include& include);

}  // namespace backstay::test
