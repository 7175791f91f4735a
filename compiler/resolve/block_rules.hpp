// Rules on which facts of a block go together, and the loop over all declarations of a kind.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/resolve/block_reader.hpp"

namespace backstay::compiler {

/// Reports two facts that cannot both be meant; `one` is the place of the finding.
void report_conflict(
    Context& context, const Span& one, const Span& other, std::string message, std::string help);

/// Reports every fact of `words` but the first that stands in the block.
void at_most_one(Context& context,
                 const BlockReader& block,
                 std::span<const std::string_view> words,
                 const std::string& message);

/// Does any of the facts stand in the block, right or wrong?
[[nodiscard]] bool says_any(const BlockReader& block, std::span<const std::string_view> words);

/// The model of every declaration of a kind, by name.
template <typename Item>
[[nodiscard]] std::vector<Item> resolve_all(Context& context,
                                            DeclarationKind kind,
                                            Item (*resolve_one)(Context&, const Declaration&)) {
  std::vector<Item> items;
  items.reserve(context.symbols.all(kind).size());
  for (const Declaration* declaration : context.symbols.all(kind)) {
    items.push_back(resolve_one(context, *declaration));
  }
  return items;
}

}  // namespace backstay::compiler
