// What an account of a MariaDB server may do, asked before it is needed: a lack is named before
// anything is read or changed.
#pragma once

#include <set>
#include <string>

#include "lang/base/result.hpp"
#include "runtime/database/mariadb.hpp"

namespace backstay::runtime {

/// The server shows an account only what it may see, without a word about the rest. Errors:
/// Credentials, naming the global privileges that a complete backup lacks. Gives those that it has.
[[nodiscard]] Result<std::set<std::string>> require_privileges(const MariadbServer& server);

/// What a restore brings that takes more than making, filling and renaming databases.
struct RestoreDemands {
  std::set<std::string> definers;  ///< of the code, as it quotes them: `nova`@`%`
  bool trusted_code = false;       ///< functions or triggers: a binary log asks for more
  bool accounts = false;           ///< that are to be made or changed
  bool grants = false;             ///< that are to be given
};

/// Adds the definers of what a text of code makes.
void add_definers(const std::string& code, std::set<std::string>& definers);

/// Errors: Credentials, naming all that a restore lacks.
[[nodiscard]] Result<void> require_restore_privileges(const MariadbServer& server,
                                                      const RestoreDemands& demands);

}  // namespace backstay::runtime
