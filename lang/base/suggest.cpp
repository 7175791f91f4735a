#include "lang/base/suggest.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace backstay {
namespace {

constexpr std::size_t kLongestWord = 64;  // names are at most 63 bytes; longer is no slip

// Optimal string alignment distance: insertions, deletions, substitutions, neighbours swapped. Both
// are at most twice kLongestWord long.
std::size_t distance(std::string_view left, std::string_view right) {
  using Row = std::array<std::size_t, 2 * kLongestWord + 1>;
  std::array<Row, 3> rows{};
  Row* before = &rows[0];
  Row* previous = &rows[1];
  Row* current = &rows[2];
  for (std::size_t j = 0; j <= right.size(); ++j) {
    (*previous)[j] = j;
  }
  for (std::size_t i = 1; i <= left.size(); ++i) {
    (*current)[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t change = left[i - 1] == right[j - 1] ? 0 : 1;
      std::size_t cost =
          std::min({(*previous)[j] + 1, (*current)[j - 1] + 1, (*previous)[j - 1] + change});
      if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
        cost = std::min(cost, (*before)[j - 2] + 1);
      }
      (*current)[j] = cost;
    }
    std::swap(before, previous);
    std::swap(previous, current);
  }
  return (*previous)[right.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates) {
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
