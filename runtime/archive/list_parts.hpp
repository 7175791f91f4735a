// How a file list is cut into parts, and which of them matter to whom.
//
// A list has two sections, each in its order: all entries, then the names of files that have
// several. A section is a base, which snapshots share until it is written anew, and the changes
// since: lines that are new or stand instead of one of the base, and lines that take one of the
// base away.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// The names of the parts of one section, each in order.
struct ListSection {
  std::vector<std::string> base;
  std::vector<std::string> changes;
  bool ordered = true;  ///< false: of an earlier version, where both sections are in one
};

/// What is below `list/` of a component; nothing where it has no list. directory  of the component
[[nodiscard]] Result<std::vector<ListSection>> list_sections(Filesystem& files,
                                                             const std::string& directory);

/// `list/base-000001.jsonl.zst`, `list/linked-changes-000001.jsonl.zst` …
[[nodiscard]] std::string list_part_name(bool linked, bool changes, std::size_t number);
/// Of a path below the component's directory.
[[nodiscard]] bool is_list_part(std::string_view path);
[[nodiscard]] bool is_base_list_part(std::string_view path);

/// The path in a line, decoded; errors: BadInput. Also of a line that takes one away.
[[nodiscard]] Result<std::string> path_of_line(std::string_view line);

/// Finds places in a run of parts by their first paths, which are read when they are needed.
class ListIndex {
 public:
  /// list  the directory of the parts, whose paths rise from part to part
  ListIndex(Filesystem& files, std::string list, const std::vector<std::string>& names)
      : files_(files), list_(std::move(list)), names_(names) {}

  /// The first path of a part.
  Result<std::string> first_path(std::size_t part);
  /// The part that holds a path if any does: the last that does not begin behind it.
  Result<std::size_t> part_of(std::string_view path);
  /// The parts that may hold a path, what is below it, and what is above it. path  relative; empty:
  /// the top
  Result<std::vector<std::string>> near(std::string_view path);
  /// Those that may hold paths from `from` on and before `to`; nothing: no bound.
  Result<std::vector<std::string>> between(const std::optional<std::string>& from,
                                           const std::optional<std::string>& to);

 private:
  Filesystem& files_;
  std::string list_;
  const std::vector<std::string>& names_;
  std::map<std::size_t, std::string> first_;
};

/// Whether one of two paths is the other or above it; both relative, empty for the top.
[[nodiscard]] bool on_one_line(std::string_view a, std::string_view b);

}  // namespace backstay::runtime
