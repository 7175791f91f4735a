// The key of a field in a fields() walk.
//
// Why sparse keys: most policies use few of the language's facts. A fact that is not there leaves
// no line in a plan, so that a reviewer reads what is said and nothing else.
#pragma once

#include <string_view>

namespace backstay::plan {

struct FieldKey {
  std::string_view name;
  bool sparse = false;  ///< left out of the YAML where the value is the empty one of its type

  // Implicit: fields() say `visit("name", self.name)`.
  constexpr FieldKey(const char* key) : name(key) {}

  constexpr FieldKey(const char* key, bool left_out) : name(key), sparse(left_out) {}

  constexpr operator std::string_view() const { return name; }
};

/// A key that stands in the plan only where it says something.
[[nodiscard]] constexpr FieldKey sparse(const char* key) {
  return {key, true};
}

}  // namespace backstay::plan
