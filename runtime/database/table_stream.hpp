// The stream of one large table on its way to several sessions: what makes the table, its rows
// statement by statement, and what completes it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "lang/base/result.hpp"
#include "runtime/database/sql_scanner.hpp"
#include "runtime/store/stream.hpp"

namespace backstay::runtime {

/// Thread-safe.
class TableStream final : private StatementHandler {
 public:
  /// progress  told of the bytes of each piece that was read.
  TableStream(std::unique_ptr<StreamReader> reader, std::function<void(std::size_t)> progress);
  TableStream(const TableStream&) = delete;
  TableStream& operator=(const TableStream&) = delete;
  ~TableStream() override = default;

  /// All that stands before the first row, without CREATE DATABASE and USE, and with the secondary
  /// keys left out that complete() adds. Errors: the reader's; BadInput.
  Result<std::string> table();

  /// Whether several sessions may insert its rows: a table without a primary key keeps their order.
  [[nodiscard]] bool may_share() const { return may_share_; }

  /// The settings of the stream, which every session needs before it takes rows.
  [[nodiscard]] const std::string& settings() const { return settings_; }

  /// The next statement that inserts rows; none: there are no more. Errors: the reader's; BadInput
  /// for what does not end, or for a second table.
  Result<std::optional<std::string>> rows();

  /// What is left to do once all rows are in: adds the keys; empty: nothing. `in_place`: false
  /// where the server found no room for sorting; then it copies the table.
  [[nodiscard]] std::string complete(bool in_place) const;

 private:
  Result<void> comment(std::string_view line) override;
  Result<void> between(std::string_view text) override;
  Result<void> begin(const Statement& statement) override;
  Result<void> bytes(std::string_view part) override;
  Result<void> end(const Statement& statement) override;

  Result<void> read_more();
  Result<void> take_other(const Statement& statement);

  std::unique_ptr<StreamReader> reader_;
  std::function<void(std::size_t)> progress_;
  SqlScanner scanner_;
  std::mutex mutex_;
  std::vector<std::byte> chunk_;
  bool over_ = false;
  bool in_rows_ = false;
  bool may_share_ = false;
  std::string text_;      ///< of the statement at hand
  std::string table_;     ///< before the rows
  std::string settings_;  ///< of them, those of the session
  std::string name_;
  std::string keys_;  ///< `ADD KEY …`
  std::deque<std::string> inserts_;
};

}  // namespace backstay::runtime
