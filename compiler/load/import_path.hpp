// Where an import of a file beside leads, by text alone.
//
// Paths are compared as they are written and normalised, never through the file system: a symbolic
// link inside the policy's folder is followed by whoever reads the file, but no spelling of an
// import names a file outside that folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace backstay::compiler {

/// Folder part of a path: `a/b.stay` → `a`, `b.stay` → empty, `/b.stay` → `/`.
[[nodiscard]] std::string folder_of(std::string_view path);

/// Last segment of a path.
[[nodiscard]] std::string_view file_name_of(std::string_view path);

/// `import` written in a file whose folder, relative to the root, is `folder`: the normalised path
/// relative to the root, or nothing where it leads out of the root or names no file.
[[nodiscard]] std::optional<std::string> import_path(std::string_view folder,
                                                     std::string_view import);

/// The path to hand to the reader: `relative` below `root`, which may be empty.
[[nodiscard]] std::string below_root(std::string_view root, std::string_view relative);

}  // namespace backstay::compiler
