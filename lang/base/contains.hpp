// Whether a list holds a value.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace backstay {

[[nodiscard]] inline bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace backstay
