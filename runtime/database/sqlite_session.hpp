// A SQLite file of our own, asked and changed by statements: the border to SQLiteCpp for all that
// is not a backup of somebody else's database.
//
// One rollback journal and no write-ahead log: a log needs memory that all processes share, which
// network file systems do not have (sqlite.org/wal.html), and our writers are short and few.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "lang/base/result.hpp"

namespace backstay::runtime {

/// NULL, a number or bytes. Text may hold any bytes, zeros too.
using SqlValue = std::variant<std::monostate, std::int64_t, std::string>;

/// One row of an answer.
struct SqlRow {
  std::vector<SqlValue> values;

  /// Empty for NULL; a number as digits.
  [[nodiscard]] std::string text(std::size_t column) const;
  /// 0 for what is no number.
  [[nodiscard]] std::int64_t number(std::size_t column) const;
  [[nodiscard]] bool is_null(std::size_t column) const;
};

/// One connection. Not thread-safe; several processes may have one each.
class SqliteSession {
 public:
  enum class Access : std::uint8_t {
    ReadOnly,   ///< cannot be had where a writer was killed in the middle: somebody must undo that
    ReadWrite,  ///< the file must be there; an empty one is an empty database
  };

  /// busy  how long another's lock is waited for
  [[nodiscard]] static Result<SqliteSession> open(const std::string& path,
                                                  Access access,
                                                  std::chrono::milliseconds busy);
  ~SqliteSession();
  SqliteSession(SqliteSession&&) noexcept;
  SqliteSession& operator=(SqliteSession&&) noexcept;

  /// Statements without values, separated by `;`.
  [[nodiscard]] Result<void> run(const std::string& statements);
  /// One statement, prepared once; `?` stand for `values` in their order.
  [[nodiscard]] Result<void> change(const std::string& statement,
                                    const std::vector<SqlValue>& values);
  [[nodiscard]] Result<std::vector<SqlRow>> ask(const std::string& question,
                                                const std::vector<SqlValue>& values = {});

 private:
  struct Parts;
  explicit SqliteSession(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace backstay::runtime
