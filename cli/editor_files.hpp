// Files that the language server looks for, and those that it puts where an editor can open them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace backstay::cli {

/// Paths of the `.stay` files in a folder, sorted. deep: also below it, where hidden folders, those
/// of builds and what lies deeper than eight are left out; at most 2,000 files and 50,000 entries
/// are looked at. What cannot be read is left out.
[[nodiscard]] std::vector<std::string> policies_in(const std::string& folder, bool deep);

/// Writes a file of the standard library into the user's cache, so that an editor can show it.
/// name  `<stdlib>/openstack/nova.stay`
/// Its path; nothing where the cache cannot be written.
[[nodiscard]] std::optional<std::string> show_library(const std::string& name,
                                                      std::string_view text);

}  // namespace backstay::cli
