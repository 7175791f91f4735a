// Facts that repeat: each has a key, and an outer block's fact replaces an inner one's of its key.
#pragma once

#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lang/base/span.hpp"

namespace backstay::compiler {

template <typename Item>
class KeyedItems {
 public:
  /// Puts an item of the block number `layer` in. An item of an inner block under the same key
  /// goes. One of the same block stays: its place is returned, and the new item is dropped.
  std::optional<lang::Span> put(std::string key, Item item, lang::Span span, int layer) {
    const auto [at, fresh] = items_.try_emplace(std::move(key));
    if (!fresh && at->second.layer == layer) {
      return at->second.span;
    }
    at->second = {std::move(item), span, layer};
    return std::nullopt;
  }

  /// Takes one away; false where it is not there.
  bool take(std::string_view key) {
    const auto found = items_.find(key);
    if (found == items_.end()) {
      return false;
    }
    items_.erase(found);
    return true;
  }

  /// Takes those away that an inner block than number `layer` said under a key that begins so.
  void take_inner(std::string_view beginning, int layer) {
    for (auto at = items_.lower_bound(beginning);
         at != items_.end() && at->first.starts_with(beginning);) {
      at = at->second.layer < layer ? items_.erase(at) : std::next(at);
    }
  }

  /// Takes those away that `which` picks; false where there is none.
  template <typename Predicate>
  bool take_if(Predicate which) {
    return std::erase_if(items_, [&](const auto& entry) { return which(entry.second.item); }) > 0;
  }

  /// In the order of their keys; this is empty then.
  [[nodiscard]] std::vector<Item> take_sorted() {
    std::vector<Item> sorted;
    sorted.reserve(items_.size());
    for (auto& [key, entry] : items_) {
      sorted.push_back(std::move(entry.item));
    }
    items_.clear();
    return sorted;
  }

 private:
  struct Entry {
    Item item;
    lang::Span span;
    int layer = 0;
  };

  std::map<std::string, Entry, std::less<>> items_;
};

}  // namespace backstay::compiler
