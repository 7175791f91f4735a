#include "compiler/calendar/longest_gap.hpp"

#include <algorithm>
#include <vector>

#include "compiler/calendar/occurrences.hpp"

namespace backstay::compiler {

std::optional<std::chrono::seconds> longest_gap(const std::string& text) {
  const auto rule = parse_schedule_rule(text);
  const Result<Zone> zone = Zone::find("UTC");
  if (!rule || !zone) {
    return {};
  }
  const std::vector<Fire> fires = find_fires(*rule, *zone);
  std::optional<std::chrono::seconds> longest;
  for (std::size_t at = 1; at < fires.size(); ++at) {
    longest = std::max(longest.value_or(std::chrono::seconds(0)), fires[at].at - fires[at - 1].at);
  }
  return longest;
}

}  // namespace backstay::compiler
