// Where the services of OpenStack say which database they use: `connection = URL` of oslo.config.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/draft/host_facts.hpp"

namespace backstay::compiler {

/// The address in a database URL (docs.sqlalchemy.org, "Database URLs"). Nothing where it cannot be
/// told apart from a password: what is returned never holds any part of one, not even of one that
/// is written without the escapes that a URL asks for.
[[nodiscard]] std::optional<SeenConnection> parse_connection(std::string_view url);

/// One file of a configuration.
struct OsloFile {
  std::string name;
  std::string text;
};

/// What the `connection` options of one configuration say, by file and line. `files` are read as
/// one, as oslo.config does (`nova.conf`, then what is in `nova.conf.d`): of an option that is set
/// twice the last one holds, and `$my_ip` is the option of that name. In `unread` is a text for
/// each one that cannot be told, without its value.
[[nodiscard]] std::vector<SeenConnection> oslo_connections(const std::vector<OsloFile>& files,
                                                           std::vector<std::string>& unread);

}  // namespace backstay::compiler
