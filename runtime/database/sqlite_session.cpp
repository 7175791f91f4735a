#include "runtime/database/sqlite_session.hpp"

#include <map>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include "runtime/database/sqlite_error.hpp"

namespace backstay::runtime {
namespace {

void bind(SQLite::Statement& statement, const std::vector<SqlValue>& values) {
  int place = 0;
  for (const SqlValue& value : values) {
    ++place;
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      statement.bind(place, *number);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      statement.bindNoCopy(place, *text);
    } else {
      statement.bind(place);
    }
  }
}

SqlValue value_of(const SQLite::Column& column) {
  if (column.isNull())
    return std::monostate();
  if (column.isInteger())
    return std::int64_t{column.getInt64()};
  return column.getString();
}

}  // namespace

std::string SqlRow::text(std::size_t column) const {
  const SqlValue& value = values.at(column);
  if (const auto* number = std::get_if<std::int64_t>(&value))
    return std::to_string(*number);
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? std::string() : *text;
}

std::int64_t SqlRow::number(std::size_t column) const {
  const auto* number = std::get_if<std::int64_t>(&values.at(column));
  return number == nullptr ? 0 : *number;
}

bool SqlRow::is_null(std::size_t column) const {
  return std::holds_alternative<std::monostate>(values.at(column));
}

struct SqliteSession::Parts {
  std::string path;
  SQLite::Database database;
  std::map<std::string, SQLite::Statement> prepared = {};  // before the database is closed

  /// Prepared, reset and without values.
  SQLite::Statement& statement(const std::string& text) {
    auto found = prepared.find(text);
    if (found == prepared.end())
      found = prepared.emplace(text, SQLite::Statement(database, text)).first;
    found->second.reset();
    found->second.clearBindings();
    return found->second;
  }

  [[nodiscard]] Error error(const SQLite::Exception& thrown) const {
    return sqlite_error(thrown.getErrorCode(), thrown.what(), path);
  }
};

SqliteSession::SqliteSession(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

SqliteSession::~SqliteSession() = default;
SqliteSession::SqliteSession(SqliteSession&&) noexcept = default;
SqliteSession& SqliteSession::operator=(SqliteSession&&) noexcept = default;

Result<SqliteSession> SqliteSession::open(const std::string& path,
                                          Access access,
                                          std::chrono::milliseconds busy) {
  const int flags = access == Access::ReadOnly ? SQLite::OPEN_READONLY : SQLite::OPEN_READWRITE;
  try {
    auto parts = std::make_unique<Parts>(
        Parts{path, SQLite::Database(path, flags, static_cast<int>(busy.count()))});
    parts->database.execAndGet("SELECT count(*) FROM sqlite_master");  // reads the header
    return SqliteSession(std::move(parts));
  } catch (const SQLite::Exception& error) {
    return sqlite_error(error.getErrorCode(), error.what(), path);
  }
}

Result<void> SqliteSession::run(const std::string& statements) {
  try {
    parts_->database.exec(statements);
    return {};
  } catch (const SQLite::Exception& error) {
    return parts_->error(error);
  }
}

Result<void> SqliteSession::change(const std::string& statement,
                                   const std::vector<SqlValue>& values) {
  try {
    SQLite::Statement& prepared = parts_->statement(statement);
    bind(prepared, values);
    prepared.exec();
    prepared.reset();
    return {};
  } catch (const SQLite::Exception& error) {
    return parts_->error(error);
  }
}

Result<std::vector<SqlRow>> SqliteSession::ask(const std::string& question,
                                               const std::vector<SqlValue>& values) {
  try {
    SQLite::Statement& prepared = parts_->statement(question);
    bind(prepared, values);
    std::vector<SqlRow> rows;
    while (prepared.executeStep()) {
      SqlRow row;
      for (int column = 0; column < prepared.getColumnCount(); ++column)
        row.values.push_back(value_of(prepared.getColumn(column)));
      rows.push_back(std::move(row));
    }
    prepared.reset();
    return rows;
  } catch (const SQLite::Exception& error) {
    return parts_->error(error);
  }
}

}  // namespace backstay::runtime
