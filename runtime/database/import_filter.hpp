// Makes one database's dump importable under another name: takes its CREATE DATABASE and USE out.
//
// Nothing else is changed. The client that imports is already in the scratch database, and a dump
// must not be able to lead it out of there. Counts the rows on the way, as the splitter did.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "runtime/database/dump_splitter.hpp"
#include "runtime/database/sql_scanner.hpp"

namespace backstay::runtime {

/// One stream. Not thread-safe.
class ImportFilter final : private StatementHandler {
 public:
  using Output = std::function<Result<void>(std::string_view)>;

  explicit ImportFilter(Output output) : output_(std::move(output)), scanner_(*this) {}

  /// Errors: the output's.
  Result<void> feed(std::string_view chunk) { return scanner_.feed(chunk); }

  /// Errors: BadInput where the stream ends within a statement.
  Result<void> finish() { return scanner_.finish(); }

  /// Tables that the stream creates, with their rows.
  [[nodiscard]] const std::map<std::string, DumpedTable>& tables() const { return tables_; }

 private:
  Result<void> comment(std::string_view line) override { return output_(line); }

  // Not the sandbox line: the client is run in binary mode, in which it takes no commands, and one
  // that is older than that line would stop at it.
  Result<void> between(std::string_view text) override {
    return text.starts_with(kSandboxLine) ? Result<void>() : output_(text);
  }

  Result<void> begin(const Statement& statement) override;
  Result<void> bytes(std::string_view part) override;
  Result<void> end(const Statement& statement) override;

  Output output_;
  SqlScanner scanner_;
  bool drop_ = false;
  std::map<std::string, DumpedTable> tables_;
};

}  // namespace backstay::runtime
