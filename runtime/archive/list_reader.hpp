// The file list of a component, entry by entry in the order of the walk; then the names of files
// that have several.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/entry.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

using EntryVisitor = std::function<Result<void>(Entry&& entry)>;

/// directory  of the component. A component without a list has no entries.
/// Errors: what the visitor returned, Verification, BadInput (hostile or broken lines), Io.
[[nodiscard]] Result<void> read_list(Filesystem& files,
                                     const std::string& directory,
                                     const EntryVisitor& visitor);

/// The names of its list parts, in order; none where it has no list.
[[nodiscard]] Result<std::vector<std::string>> list_part_names(Filesystem& files,
                                                               const std::string& directory);

/// The same for some of its list parts, named as they are in `list/`.
[[nodiscard]] Result<void> read_list_parts(Filesystem& files,
                                           const std::string& directory,
                                           const std::vector<std::string>& names,
                                           const EntryVisitor& visitor);

/// Whether the entry of a line is wanted, told from its text alone: `true` for a doubt.
using LineFilter = std::function<bool(std::string_view line)>;

/// The entries that a filter lets through; others are passed over unparsed.
[[nodiscard]] Result<void> read_list_where(Filesystem& files,
                                           const std::string& directory,
                                           const LineFilter& wanted,
                                           const EntryVisitor& visitor);

/// The entries at or below a place and those above it; others are passed over unparsed, so that one
/// file of very many is found soon. top  absolute
[[nodiscard]] Result<void> read_list_near(Filesystem& files,
                                          const std::string& directory,
                                          const std::string& top,
                                          const EntryVisitor& visitor);

}  // namespace backstay::runtime
