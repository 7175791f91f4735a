// The file list of a component, entry by entry in the order of the walk; then the names of files
// that have several.
#pragma once

#include <functional>
#include <string>
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

/// The same for some of its list parts, named as they are in `list/`.
[[nodiscard]] Result<void> read_list_parts(Filesystem& files,
                                           const std::string& directory,
                                           const std::vector<std::string>& names,
                                           const EntryVisitor& visitor);

/// The entries at or below a place and those above it; others are passed over unparsed, so that one
/// file of very many is found soon. top  absolute
[[nodiscard]] Result<void> read_list_near(Filesystem& files,
                                          const std::string& directory,
                                          const std::string& top,
                                          const EntryVisitor& visitor);

}  // namespace backstay::runtime
