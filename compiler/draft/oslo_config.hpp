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

/// What the `connection` options of one configuration file say, in their order; and in `unread` the
/// lines (from 1) of those that cannot be told.
[[nodiscard]] std::vector<SeenConnection> oslo_connections(const std::string& file,
                                                           std::string_view text,
                                                           std::vector<std::size_t>& unread);

}  // namespace backstay::compiler
