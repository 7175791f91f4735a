// The import graph: from the entry file to every file that it reaches.
#pragma once

#include <string>

#include "compiler/compile.hpp"
#include "compiler/load/loaded.hpp"
#include "lang/base/diagnostic.hpp"
#include "lang/base/result.hpp"
#include "lang/base/source.hpp"

namespace backstay::compiler {

/// Longest chain of imports below the entry file.
inline constexpr std::size_t kMostImportDepth = 16;
/// Most files of one compilation, the entry file included.
inline constexpr std::size_t kMostFiles = 256;

/// Reads and parses the entry file and all that it imports, each once. Reports mistakes of syntax,
/// of the head of each file (`language`, `policy`, `library`) and of imports: unknown, unreadable,
/// outside the folder of the entry file, in a cycle, too deep, too many, bringing what they do not
/// say. Errors of the Result: the entry file itself cannot be read.
[[nodiscard]] Result<Loaded> load(const std::string& entry,
                                  const FileReader& read,
                                  lang::SourceSet& sources,
                                  lang::Diagnostics& diagnostics);

}  // namespace backstay::compiler
