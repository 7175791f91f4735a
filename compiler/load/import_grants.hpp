// What an import may bring: hooks, secrets, targets and `allow`s only where it says so, because
// they run commands, name credentials, receive data or silence findings.
#pragma once

#include "compiler/load/loaded.hpp"
#include "lang/base/diagnostic.hpp"

namespace backstay::compiler {

/// Reports every import that brings, itself or through further imports, what its `with` does not
/// name.
void check_import_grants(const Loaded& loaded, lang::Diagnostics& diagnostics);

}  // namespace backstay::compiler
