// The first lines of a file: `language`, then `policy` in the entry file or `library` elsewhere.
#pragma once

#include "compiler/load/loaded.hpp"
#include "lang/base/diagnostic.hpp"

namespace backstay::compiler {

/// Checks the head of a file and notes the name of its library. `whole`: the file had no syntax
/// error; otherwise nothing is called missing, for it may stand on a line that could not be read.
void check_file_head(LoadedFile& file, bool whole, lang::Diagnostics& diagnostics);

}  // namespace backstay::compiler
