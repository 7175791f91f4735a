// Paths as text.
#pragma once

#include <string>
#include <string_view>

namespace backstay::runtime {

/// The directory that a path names its last part in: `/` of `/a`, `.` of `a`.
[[nodiscard]] inline std::string parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos)
    return ".";
  return std::string(slash == 0 ? "/" : path.substr(0, slash));
}

}  // namespace backstay::runtime
