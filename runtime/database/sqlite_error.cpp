#include "runtime/database/sqlite_error.hpp"

#include <sqlite3.h>

namespace backstay::runtime {

Error sqlite_error(int code, const std::string& what, const std::string& path) {
  Error result{.kind = ErrorKind::Io, .message = path + ": " + what};
  switch (code & 0xFF) {
    case SQLITE_NOTADB:
      result.kind = ErrorKind::BadInput;
      result.hint = "is it a SQLite file, and not an encrypted one?";
      break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      result.kind = ErrorKind::Timeout;
      result.hint = "a program holds the database locked; look with `fuser`";
      result.retry = Retry::Temporary;
      break;
    case SQLITE_FULL:
      result.kind = ErrorKind::NoSpace;
      break;
    case SQLITE_CORRUPT:
      result.kind = ErrorKind::Verification;
      result.hint = "the database itself is damaged; `sqlite3 FILE .recover` may save its rows";
      break;
    case SQLITE_CANTOPEN:
      result.kind = ErrorKind::NotFound;
      break;
    default:
      break;
  }
  return result;
}

}  // namespace backstay::runtime
