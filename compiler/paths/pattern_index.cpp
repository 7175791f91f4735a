#include "compiler/paths/pattern_index.hpp"

#include <algorithm>

#include "compiler/paths/path_order.hpp"

namespace backstay::compiler {

PatternIndex::PatternIndex(const std::vector<const PathPattern*>& patterns) {
  for (std::size_t place = 0; place < patterns.size(); ++place) {
    if (patterns[place] != nullptr) {
      entries_.push_back({patterns[place]->prefix(), place});
    }
  }
  std::sort(entries_.begin(), entries_.end(), [](const Entry& left, const Entry& right) {
    return left.prefix == right.prefix ? left.place < right.place
                                       : path_less(left.prefix, right.prefix);
  });
}

void PatternIndex::add_equal(std::string_view prefix, std::vector<std::size_t>& into) const {
  auto entry = std::lower_bound(
      entries_.begin(), entries_.end(), prefix,
      [](const Entry& left, std::string_view right) { return path_less(left.prefix, right); });
  for (; entry != entries_.end() && entry->prefix == prefix; ++entry) {
    into.push_back(entry->place);
  }
}

std::vector<std::size_t> PatternIndex::above(std::string_view prefix) const {
  std::vector<std::size_t> places;
  for (std::size_t end = 0; end < prefix.size(); end = prefix.find('/', end + 1)) {
    add_equal(prefix.substr(0, end), places);
  }
  add_equal(prefix, places);
  std::sort(places.begin(), places.end());
  return places;
}

std::vector<std::size_t> PatternIndex::near(std::string_view prefix) const {
  std::vector<std::size_t> places = above(prefix);
  auto entry = std::upper_bound(
      entries_.begin(), entries_.end(), prefix,
      [](std::string_view left, const Entry& right) { return path_less(left, right.prefix); });
  for (; entry != entries_.end() && path_contains(prefix, entry->prefix); ++entry) {
    places.push_back(entry->place);
  }
  std::sort(places.begin(), places.end());
  return places;
}

}  // namespace backstay::compiler
