// The file list of a component, entry by entry in the order of the walk; then the names of files
// that have several.
#pragma once

#include <functional>
#include <string>

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

}  // namespace backstay::runtime
