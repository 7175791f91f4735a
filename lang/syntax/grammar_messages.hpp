// What the grammar says where something is missing. One text per place, filled in by grammar.hpp
// beside the rules; the parser adds what was found instead.
#pragma once

#include <string_view>

namespace backstay::lang::grammar {

/// `expected WHAT, found …`, and what to do about it.
struct Expected {
  std::string_view what;
  std::string_view help;         ///< may be empty
  bool at_comma = false;         ///< point at the comma before, not at what stands after it
  std::string_view insert = {};  ///< what mends it for certain, put at the place; may be empty
};

/// The text for a place of the grammar; every place that is used has its own.
template <typename Place>
inline constexpr Expected expected = {};

}  // namespace backstay::lang::grammar
