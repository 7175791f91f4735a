// Writes streams as mariadb-dump does, for tests.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace backstay::runtime::testing {

/// A table with rows whose text values are given; hostile text is escaped as mariadb-dump escapes.
struct TableText {
  std::string name;
  std::vector<std::string> values;
  std::string comment;  ///< in its CREATE TABLE
};

struct DatabaseText {
  std::string name;
  std::vector<TableText> tables;
};

[[nodiscard]] std::string dump_header();
[[nodiscard]] std::string dump_footer();
/// What stands between header and footer for one database.
[[nodiscard]] std::string dump_section(const DatabaseText& database);
[[nodiscard]] std::string dump_text(const std::vector<DatabaseText>& databases);
/// As mysql_real_escape_string: no newline survives.
[[nodiscard]] std::string escape_text(const std::string& text);

}  // namespace backstay::runtime::testing
