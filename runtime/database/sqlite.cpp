// The online backup API and integrity_check: see the header.
#include "runtime/database/sqlite.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "runtime/database/sqlite_error.hpp"

namespace backstay::runtime {
namespace {

constexpr int kBusyMilliseconds = 30'000;
constexpr int kFindings = 3;
// sqlite.org/fileformat2.html, section 1.3
constexpr std::size_t kHeader = 100;
constexpr std::string_view kMagic("SQLite format 3\0", 16);

Error error_from(const SQLite::Exception& error, const std::string& path) {
  return sqlite_error(error.getErrorCode(), error.what(), path);
}

/// A `file:` URI for a path of any bytes.
std::string uri(const std::string& path, std::string_view query) {
  std::string text = "file:";
  for (const char byte : path) {
    if (byte == '%' || byte == '?' || byte == '#') {
      text += fmt::format("%{:02X}", static_cast<unsigned char>(byte));
    } else {
      text += byte;
    }
  }
  return text + std::string(query);
}

/// Opens the source without the right to write. A database whose writer crashed has a journal that
/// has to be rolled back first, by whoever opens it next: then that is us.
SQLite::Database open_source(const std::string& path) {
  try {
    SQLite::Database database(path, SQLite::OPEN_READONLY, kBusyMilliseconds);
    database.execAndGet("SELECT count(*) FROM sqlite_master");
    return database;
  } catch (const SQLite::Exception& error) {
    const int code = error.getErrorCode() & 0xFF;
    if (code != SQLITE_READONLY && code != SQLITE_CANTOPEN)
      throw;
    return SQLite::Database(path, SQLite::OPEN_READWRITE, kBusyMilliseconds);
  }
}

SqliteCopy describe_source(SQLite::Database& source) {
  SqliteCopy copy;
  copy.library = SQLite::getLibVersion();
  copy.pages = static_cast<std::uint64_t>(source.execAndGet("PRAGMA page_count").getInt64());
  copy.page_size = static_cast<std::uint64_t>(source.execAndGet("PRAGMA page_size").getInt64());
  copy.journal_mode = source.execAndGet("PRAGMA journal_mode").getString();
  return copy;
}

/// All pages in one step; a lock that comes between is waited for.
void copy_pages(SQLite::Backup& backup) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(kBusyMilliseconds);
  while (true) {
    const int code = backup.executeStep(-1);
    if (code == SQLITE_DONE)
      return;
    if (std::chrono::steady_clock::now() > deadline)
      throw SQLite::Exception("locked", code);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

/// Nothing: a virtual table whose module is not here.
std::optional<std::uint64_t> count_rows(SQLite::Database& database, const std::string& table) {
  std::string quoted;
  for (const char byte : table)
    quoted += byte == '"' ? std::string("\"\"") : std::string(1, byte);
  try {
    return static_cast<std::uint64_t>(
        database.execAndGet("SELECT count(*) FROM \"" + quoted + "\"").getInt64());
  } catch (const SQLite::Exception& error) {
    if ((error.getErrorCode() & 0xFF) == SQLITE_ERROR)
      return std::nullopt;
    throw;
  }
}

}  // namespace

Result<SqliteCopy> copy_sqlite(const std::string& source, const std::string& copy) {
  try {
    SQLite::Database from = open_source(source);
    SQLite::Database to(copy, SQLite::OPEN_READWRITE);
    // Why: a copy that is not finished is thrown away, so it needs neither journal nor sync
    to.exec("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;");
    const SqliteCopy described = describe_source(from);
    SQLite::Backup backup(to, from);
    copy_pages(backup);
    return described;
  } catch (const SQLite::Exception& error) {
    return error_from(error, source);
  }
}

Result<void> check_sqlite_integrity(const std::string& path) {
  try {
    // immutable: neither a lock nor a log is made beside the file, also where its header asks for
    // one
    SQLite::Database database(uri(path, "?mode=ro&immutable=1"),
                              SQLite::OPEN_READONLY | SQLite::OPEN_URI);
    SQLite::Statement check(database, fmt::format("PRAGMA integrity_check({})", kFindings));
    std::string findings;
    while (check.executeStep()) {
      findings += (findings.empty() ? "" : "; ") + check.getColumn(0).getString();
    }
    if (findings == "ok")
      return {};
    return Error{
        .kind = ErrorKind::Verification,
        .message = path + ": integrity_check: " + findings,
        .hint = "the database itself is damaged; `sqlite3 FILE .recover` may save its rows"};
  } catch (const SQLite::Exception& error) {
    return error_from(error, path);
  }
}

Result<SqliteTables> count_sqlite_rows(const std::string& path) {
  for (const char* log : {"-wal", "-journal"}) {
    std::error_code absent;
    if (std::filesystem::file_size(path + log, absent) > 0 && !absent) {
      return Error{.kind = ErrorKind::Busy,
                   .message = path + log + " holds changes that are not in the file yet"};
    }
  }
  try {
    SQLite::Database database(uri(path, "?mode=ro&immutable=1"),
                              SQLite::OPEN_READONLY | SQLite::OPEN_URI);
    std::vector<std::string> names;
    SQLite::Statement list(database,
                           "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE "
                           "'sqlite\\_%' ESCAPE '\\'");
    while (list.executeStep())
      names.push_back(list.getColumn(0).getString());
    SqliteTables tables;
    for (const std::string& name : names) {
      if (const auto rows = count_rows(database, name))
        tables[name] = *rows;
    }
    return tables;
  } catch (const SQLite::Exception& error) {
    return error_from(error, path);
  }
}

Result<SqliteCopy> look_at_sqlite(const std::string& path) {
  std::error_code failed;
  const auto status = std::filesystem::status(path, failed);
  if (!std::filesystem::exists(status))
    return sqlite_error(SQLITE_CANTOPEN, "unable to open database file", path);
  if (!std::filesystem::is_regular_file(status))
    return sqlite_error(SQLITE_NOTADB, "file is not a database", path);
  SqliteCopy copy;
  copy.library = SQLite::getLibVersion();
  const auto size = std::filesystem::file_size(path, failed);
  if (size == 0)
    return copy;  // to SQLite an empty database
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return errno_error(errno, "cannot read `" + path + "`");
  std::array<unsigned char, kHeader> header{};
  file.read(reinterpret_cast<char*>(header.data()), header.size());
  if (file.gcount() != kHeader || std::memcmp(header.data(), kMagic.data(), kMagic.size()) != 0)
    return sqlite_error(SQLITE_NOTADB, "file is not a database", path);
  const auto number = [&](std::size_t at, std::size_t count) {
    std::uint64_t value = 0;
    for (std::size_t index = 0; index < count; ++index)
      value = value << 8U | header[at + index];
    return value;
  };
  copy.page_size = number(16, 2) == 1 ? 65536 : number(16, 2);
  copy.journal_mode = header[18] == 2 ? "wal" : "delete";
  copy.pages = number(28, 4);
  // What an old version wrote has no valid count there.
  if ((copy.pages == 0 || number(24, 4) != number(92, 4)) && copy.page_size > 0)
    copy.pages = size / copy.page_size;
  return copy;
}

}  // namespace backstay::runtime
