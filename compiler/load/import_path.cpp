#include "compiler/load/import_path.hpp"

#include <vector>

namespace backstay::compiler {
namespace {

// Appends the segments of `path`; false where `..` would leave the root.
bool walk(std::string_view path, std::vector<std::string_view>& segments) {
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
    if (segment.empty() || segment == ".") {
      continue;
    }
    if (segment != "..") {
      segments.push_back(segment);
    } else if (segments.empty()) {
      return false;
    } else {
      segments.pop_back();
    }
  }
  return true;
}

}  // namespace

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) {
    return {};
  }
  return std::string(slash == 0 ? "/" : path.substr(0, slash));
}

std::string_view file_name_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::optional<std::string> import_path(std::string_view folder, std::string_view import) {
  std::vector<std::string_view> segments;
  if (import.starts_with('/') || !walk(folder, segments) || !walk(import, segments)) {
    return std::nullopt;
  }
  std::string path;
  for (const std::string_view segment : segments) {
    path.append(path.empty() ? "" : "/").append(segment);
  }
  return path.empty() ? std::nullopt : std::optional(path);
}

std::string below_root(std::string_view root, std::string_view relative) {
  std::string path(root);
  if (!path.empty() && !path.ends_with('/')) {
    path += '/';
  }
  return path.append(relative);
}

}  // namespace backstay::compiler
