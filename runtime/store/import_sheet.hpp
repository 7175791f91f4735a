// The end of RESTORE.txt: MariaDB's databases imported without Backstay, in an order that works
// whatever of one database needs another. Views, routines and grants may reach over databases in
// both directions, so no order of the databases alone does.
#pragma once

#include <string>
#include <vector>

#include "runtime/store/restore_sheet.hpp"

namespace backstay::runtime {

/// Commands of sh, for each server of which dumps are here; empty without any. They do nothing
/// unless a variable says how the server is reached.
[[nodiscard]] std::string import_commands(const std::vector<SheetComponent>& components);

/// What is done by hand with the data files of a server that lie at `place` (quoted for sh).
[[nodiscard]] std::string physical_commands(const std::string& place);

}  // namespace backstay::runtime
