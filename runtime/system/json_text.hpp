// Texts in JSON that others may have written.
#pragma once

#include <string>

namespace backstay::runtime {

/// The text of a member; empty where there is none, or where it is no text.
template <typename Json>
[[nodiscard]] std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->template get<std::string>()
                                                   : std::string();
}

}  // namespace backstay::runtime
