// How many rows an archive of pg_dump holds, counted in what pg_restore decodes from it.
//
// Why: an exit status of zero proves nothing. pg_restore reads the whole archive while it is being
// written, without any server; what it prints for a table is `COPY name (columns) FROM stdin;`, a
// line a row, `\.`. A dump whose rows were decoded can be imported, and the counts are what the
// restore is compared with.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "runtime/database/postgresql.hpp"

namespace backstay::runtime {

/// Rows by table, under the name as it stands in SQL: `public.instances`, `public."Odd name"`.
using TableRows = std::map<std::string, std::uint64_t>;

/// Counts rows in the text of `pg_restore --data-only`, piece by piece.
class RowCounter {
 public:
  void add(std::string_view text);

  [[nodiscard]] const TableRows& rows() const { return rows_; }

  /// False: the text ended within a table's rows.
  [[nodiscard]] bool complete() const { return table_ == nullptr && line_.empty(); }

 private:
  void take_line(std::string_view line);

  TableRows rows_;
  std::string line_;                ///< the beginning of one, or the first bytes of a row
  std::uint64_t* table_ = nullptr;  ///< within its rows
};

/// Decodes an archive in a thread of its own while somebody else writes it. Give it every piece,
/// then finish(); destroying it unfinished ends the decoder.
class ArchiveCheck {
 public:
  explicit ArchiveCheck(const PostgresServer& server);
  ArchiveCheck(const ArchiveCheck&) = delete;
  ArchiveCheck& operator=(const ArchiveCheck&) = delete;
  ~ArchiveCheck();

  /// Waits while the decoder is far behind. What comes after it ended is left out.
  void write(std::span<const std::byte> piece);
  /// Waits for the end. Errors: Verification (it cannot be decoded), those of running a program.
  Result<TableRows> finish();

 private:
  Result<std::size_t> read(std::span<std::byte> buffer);
  void close(bool abandon);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::vector<std::byte>> pieces_;
  std::size_t at_ = 0;  ///< within the first piece
  bool closed_ = false;
  bool abandoned_ = false;
  bool ended_ = false;
  RowCounter counter_;
  Result<Exit> exit_ = Exit{};
  std::thread thread_;
};

}  // namespace backstay::runtime
