// The files that one compilation may read.
#pragma once

#include <string>

#include "compiler/compile.hpp"

namespace backstay::compiler {

/// Reads the entry file wherever it lies, and any other only where it truly lies in the folder of
/// the entry file: an import that a symbolic link leads out of it is Refused, so that a policy
/// which is checked out from elsewhere cannot show what else is on this machine.
[[nodiscard]] FileReader source_reader(const std::string& entry);

}  // namespace backstay::compiler
