#include "cli/editor_files.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "cli/output_file.hpp"

namespace backstay::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 2'000;
constexpr std::size_t kMostEntries = 50'000;
constexpr int kDeepest = 8;

bool is_skipped(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name.starts_with('.') || name == "build" || name == "node_modules";
}

// $XDG_CACHE_HOME/backstay/stdlib, by the version: another program's text may differ.
std::optional<fs::path> library_folder() {
  const char* const cache = std::getenv("XDG_CACHE_HOME");
  const char* const home = std::getenv("HOME");
  const bool has_cache = cache != nullptr && *cache == '/';
  if (!has_cache && (home == nullptr || *home != '/')) {
    return std::nullopt;
  }
  const fs::path base = has_cache ? fs::path(cache) : fs::path(home) / ".cache";
  return base / "backstay" / "stdlib" / BACKSTAY_VERSION;
}

bool holds(const fs::path& path, std::string_view text) {
  std::ifstream file(path, std::ios::binary);
  return file && std::string(std::istreambuf_iterator<char>(file), {}) == text;
}

}  // namespace

std::vector<std::string> policies_in(const std::string& folder, bool deep) {
  std::vector<std::string> paths;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error);
  std::size_t seen = 0;
  for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
    std::error_code unknown;
    const bool is_folder = at->is_directory(unknown) && !at->is_symlink(unknown);
    if (is_folder && (!deep || at.depth() >= kDeepest || is_skipped(at->path()))) {
      at.disable_recursion_pending();
    } else if (at->path().extension() == ".stay" && at->is_regular_file(unknown)) {
      paths.push_back(at->path().string());
    }
    if (paths.size() >= kMostFiles || ++seen >= kMostEntries) {
      break;
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::optional<std::string> show_library(const std::string& name, std::string_view text) {
  constexpr std::string_view kPrefix = "<stdlib>/";
  const auto folder = library_folder();
  if (!folder || !name.starts_with(kPrefix)) {
    return std::nullopt;
  }
  const fs::path path = *folder / name.substr(kPrefix.size());
  if (holds(path, text)) {
    return path.string();
  }
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error || !write_output_file(path.string(), std::string(text))) {
    return std::nullopt;
  }
  return path.string();
}

}  // namespace backstay::cli
