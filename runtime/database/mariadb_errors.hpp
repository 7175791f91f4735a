// What the words of mariadb and mariadb-dump on stderr mean for a backup.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {

/// The number of the first server or client error that the text names, as in
/// `ERROR 1045 (28000): …`, `Got error: 1045: "…"`, `Error 1412: …` or `… (1356)`.
[[nodiscard]] std::optional<int> first_error_number(std::string_view text);

/// Whether the error says that somebody changed definitions while they were read
/// (ER_TABLE_DEF_CHANGED, ER_NO_SUCH_TABLE, a dropped routine, a deadlock …): dumping the whole
/// group again may help.
[[nodiscard]] bool is_definition_change(int number);

/// What is left of stderr after taking out what is known to be harmless; empty: nothing unknown.
[[nodiscard]] std::string unknown_lines(std::string_view errors);

/// What the program said, its lines joined.
[[nodiscard]] std::string shown_errors(const Exit& exit);

/// An Error for a program that failed against `server`: Credentials, ToolMissing (no answer),
/// NotFound (unknown database) or ToolFailed.
[[nodiscard]] Error server_error(const plan::Server& server,
                                 const Exit& exit,
                                 std::string_view program);

/// `socket /run/mysqld/mysqld.sock` or `db.example:3306`.
[[nodiscard]] std::string address_of(const plan::Server& server);

}  // namespace backstay::runtime
