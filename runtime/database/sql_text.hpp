// Small pieces of SQL text: quoting, the client's batch format, the names that Backstay gives.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace backstay::runtime {

/// Seconds to wait for somebody who still uses a table. Services are stopped before a restore; a
/// client that was forgotten must not hold it for ever.
constexpr int kTableWait = 30;

/// How many characters a UTF-8 text has: what a server's limits of names count.
[[nodiscard]] std::size_t characters(std::string_view text);

/// `name` in backticks.
[[nodiscard]] std::string quote_name(std::string_view name);
/// 'text' as a literal, for sessions with sql_mode ''.
[[nodiscard]] std::string quote_text(std::string_view text);
/// 'a','b' … for IN lists; '' for none, which no name is.
[[nodiscard]] std::string quote_list(const std::vector<std::string>& texts);

/// The rows that `mariadb --batch --skip-column-names` printed: columns by tab, unescaped.
[[nodiscard]] std::vector<std::vector<std::string>> parse_batch_rows(std::string_view output);

/// `NAME__KIND_RUN`, cut to the bytes that a name may have (a cut one keeps a hash of the whole);
/// MariaDB: 64 characters. For scratch databases (`backstay`) and for what is set aside (`orig`).
[[nodiscard]] std::string side_name(std::string_view database,
                                    std::string_view kind,
                                    std::string_view run_id,
                                    std::size_t longest = 64);
/// Whether a database is one of ours, made by side_name(): no backup takes it.
[[nodiscard]] bool is_side_name(std::string_view database);

/// A name as part of an artefact's name ([a-z0-9._-]): other bytes become `.hh`.
[[nodiscard]] std::string artefact_name(std::string_view database);

/// A delimiter for the client that does not occur in `body`: `;;`, `;;1`, …
[[nodiscard]] std::string free_delimiter(std::string_view body);

}  // namespace backstay::runtime
