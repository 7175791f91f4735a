#include "lang/base/suggest.hpp"

#include <algorithm>

namespace backstay {
namespace {

// Optimal string alignment distance: insertions, deletions, substitutions, neighbours swapped.
std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::vector<std::size_t>> cost(left.size() + 1,
                                             std::vector<std::size_t>(right.size() + 1, 0));
  for (std::size_t i = 0; i <= left.size(); ++i) {
    cost[i][0] = i;
  }
  for (std::size_t j = 0; j <= right.size(); ++j) {
    cost[0][j] = j;
  }
  for (std::size_t i = 1; i <= left.size(); ++i) {
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t change = left[i - 1] == right[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[left.size()][right.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates) {
  constexpr std::size_t kLongestWord = 64;  // names are at most 63 bytes; longer is no slip
  if (word.empty() || word.size() > kLongestWord) {
    return std::nullopt;
  }
  const std::size_t limit = std::max<std::size_t>(1, word.size() / 3);
  const std::string* best = nullptr;
  std::size_t best_distance = limit + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t longer = std::max(candidate.size(), word.size());
    if (candidate.empty() || longer - std::min(candidate.size(), word.size()) > limit) {
      continue;
    }
    const std::size_t steps = distance(word, candidate);
    const bool all_wrong = steps >= longer;
    if (!all_wrong && (steps < best_distance ||
                       (steps == best_distance && best != nullptr && candidate < *best))) {
      best = &candidate;
      best_distance = steps;
    }
  }
  return best == nullptr ? std::nullopt : std::optional(*best);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const auto name = nearest(word, candidates);
  return name ? "did you mean `" + *name + "`?" : std::string{};
}

}  // namespace backstay
