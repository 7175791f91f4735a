// Splits the one stream of `mariadb-dump --databases A B …` into one importable dump a database.
//
// One process for all databases of a server gives one instant for all of them (--single-transaction
// is one transaction of one connection). The stream is cut at the dump's own markers
// (-- Current Database: `x`), which count only outside of statements, so that data cannot forge
// one. Each part gets the stream's header before it and its footer after it: alone it is what
// mariadb-dump would have written for that database alone.
//
// The binary log's coordinates, which change with every dump, are taken out of the parts: so quiet
// databases give the same bytes each time. They are in the summary instead.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/database/sql_scanner.hpp"

namespace backstay::runtime {

/// A table as it is in a dump.
struct DumpedTable {
  std::uint64_t rows = 0;  ///< tuples of its INSERTs
  bool sequence = false;
};

/// A database as it is in a dump.
struct DumpedDatabase {
  std::string name;
  std::map<std::string, DumpedTable> tables;  ///< base tables and sequences
  std::vector<std::string> views;             ///< placeholders of views; not asked for, if there
  std::uint64_t longest_statement = 0;        ///< bytes; what max_allowed_packet has to allow
};

/// What a finished stream held.
struct DumpSummary {
  std::vector<DumpedDatabase> databases;  ///< in the order of the stream
  std::string log_file;                   ///< binary log coordinates of the instant, or empty
  std::uint64_t log_position = 0;
  std::string gtid;  ///< may be empty
};

/// Where the parts go. Called in the order of the stream.
struct DumpSink {
  /// A new part begins. An Error ends the split.
  std::function<Result<void>(const std::string& database)> open;
  /// Bytes of a part; at the end every part gets the footer.
  std::function<Result<void>(const std::string& database, std::string_view bytes)> write;
};

/// One stream. Not thread-safe.
class DumpSplitter final : private StatementHandler {
 public:
  explicit DumpSplitter(DumpSink sink);

  /// Chunks of any size, cut anywhere. Errors: the sink's; BadInput on a stream that no
  /// mariadb-dump writes (a database twice, no `SQL_MODE` in the header, an endless header).
  Result<void> feed(std::string_view chunk) { return scanner_.feed(chunk); }

  /// The stream is over: writes the footers. Errors: Verification where the trailer
  /// (`-- Dump completed`) is not the last line.
  Result<DumpSummary> finish();

 private:
  enum class Section : std::uint8_t { Header, Database, Footer };

  Result<void> comment(std::string_view line) override;
  Result<void> between(std::string_view text) override;
  Result<void> begin(const Statement& statement) override;
  Result<void> bytes(std::string_view part) override;
  Result<void> end(const Statement& statement) override;

  Result<void> put(std::string_view text);
  Result<void> whole_comment(std::string_view line);
  Result<void> release_rule();
  Result<void> open_database(std::string name, std::string_view marker);
  bool take_coordinates(std::string_view line);

  DumpSink sink_;
  SqlScanner scanner_;
  Section section_ = Section::Header;
  std::string header_;
  std::string footer_;
  std::string rule_;          ///< a `--` line that may belong to the marker after it
  std::string open_comment_;  ///< lines of a comment whose quoted name goes on in the next one
  bool completed_ = false;    ///< the trailer was seen, and nothing but white space since
  DumpSummary summary_;
};

/// The name in a comment -- Current Database: `x`, unquoted; empty if it is not such a comment. A
/// name with newlines makes it several lines, each with `-- ` before it.
[[nodiscard]] std::string database_marker(std::string_view comment);

}  // namespace backstay::runtime
