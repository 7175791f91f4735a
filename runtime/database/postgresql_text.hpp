// What PostgreSQL's programs are given and what they say, as text: quoting, cells, arguments,
// names, errors. Nothing here runs a program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/database/mariadb.hpp"  // Rows
#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {

/// Arguments of pg_dump and pg_restore behind those of the connection.
[[nodiscard]] std::vector<std::string> dump_arguments(const std::string& database);
[[nodiscard]] std::vector<std::string> import_arguments(const std::string& database);

/// Bytes of a name that PostgreSQL keeps (NAMEDATALEN - 1).
inline constexpr std::size_t kLongestPostgresName = 63;

/// Cells that each end with a NUL byte, in rows of `columns`; nothing where they do not fill them.
[[nodiscard]] std::optional<Rows> parse_cells(std::string_view output, std::size_t columns);

/// An Error for a program that failed against `server`: Credentials, ToolMissing (no answer),
/// NotFound (unknown database) or ToolFailed.
[[nodiscard]] Error postgres_error(const plan::Server& server,
                                   const Exit& exit,
                                   std::string_view program);

/// `name` as an SQL identifier in double quotes.
[[nodiscard]] std::string quote_identifier(std::string_view name);
/// 'text' as a literal, whatever standard_conforming_strings says.
[[nodiscard]] std::string quote_literal(std::string_view text);

/// The user of the first entry of a libpq password file: its fourth field, `\:` and `\\` unescaped.
/// Nothing where there is no entry, or the field is empty or `*`.
[[nodiscard]] std::optional<std::string> password_file_user(std::string_view text);

/// Where `socket` of a server points: libpq wants the directory and the port that the file's name
/// holds. `/run/postgresql/.s.PGSQL.5433` → {`/run/postgresql`, 5433}; a directory stays one.
struct SocketPlace {
  std::string directory;
  std::int64_t port = 0;  ///< 0: not said
};

[[nodiscard]] SocketPlace socket_place(const std::string& socket);

}  // namespace backstay::runtime
