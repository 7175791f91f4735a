// SQLite files: the one owner of SQLiteCpp and sqlite3.h.
//
// A live database must never be copied as a file: its journal or write-ahead log belongs to it, and
// a writer may be in the middle of a transaction. The online backup API takes all pages in one step
// under one read transaction, so the copy is of one instant and the copying ends, however busy the
// writers are (sqlite.org/backup.html: page-wise steps start again at each foreign write).
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "lang/base/result.hpp"

namespace backstay::runtime {

/// What a copy is.
struct SqliteCopy {
  std::string library;  ///< version of SQLite that made it
  std::uint64_t pages = 0;
  std::uint64_t page_size = 0;
  std::string journal_mode;  ///< of the source: `wal`, `delete`, …
};

/// Rows by table, SQLite's own tables left out.
using SqliteTables = std::map<std::string, std::uint64_t>;

/// Copies the database `source` into the empty file `copy`, which is then a whole database of its
/// own without a log beside it. Waits up to 30 s for a writer that locks everybody out. Errors:
/// NotFound, BadInput (no SQLite file), Timeout (locked), Io, NoSpace.
[[nodiscard]] Result<SqliteCopy> copy_sqlite(const std::string& source, const std::string& copy);

/// `PRAGMA integrity_check` of a file that nobody uses; leaves nothing beside it.
/// Errors: Verification, with the first findings; BadInput (no SQLite file).
[[nodiscard]] Result<void> check_sqlite_integrity(const std::string& path);

/// Counts the rows of every table of a file that nobody writes, and leaves nothing beside it. A
/// table that only an extension can read is left out. Errors: BadInput (no SQLite file), Busy (a
/// log lies beside it, so that its content is not all in the file), Verification (damaged).
[[nodiscard]] Result<SqliteTables> count_sqlite_rows(const std::string& path);

/// For dry runs: `412 pages of 4096 bytes, journal mode wal`, from the file's own first bytes.
/// SQLite itself is not asked: it would make `-shm` and `-wal` beside a database whose writers are
/// gone. What is only in the log is not counted. Errors: NotFound, BadInput (no SQLite file), Io.
[[nodiscard]] Result<SqliteCopy> look_at_sqlite(const std::string& path);

}  // namespace backstay::runtime
