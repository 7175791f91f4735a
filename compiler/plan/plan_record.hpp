// What the writer and the reader of plans know of a plan's parts: that they list their fields.
#pragma once

#include <concepts>
#include <string_view>

namespace backstay::plan {

/// A struct with `fields(record, visitor)`, which calls the visitor with key and value of each.
template <typename T>
concept Record = requires(T& record) {
  T::fields(record, [](std::string_view, auto&) {});
};

template <Record T>
[[nodiscard]] bool has_fields(const T& record) {
  bool any = false;
  T::fields(record, [&any](std::string_view, const auto&) { any = true; });
  return any;
}

}  // namespace backstay::plan
