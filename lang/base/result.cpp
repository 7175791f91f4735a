#include "lang/base/result.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace backstay {

std::string to_string(const Error& error) {
  std::string text;
  for (auto step = error.context.rbegin(); step != error.context.rend(); ++step) {
    text += *step + ": ";
  }
  return text + error.message;
}

Error errno_error(int error_number, std::string what) {
  Error error;
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      error.kind = ErrorKind::NoSpace;
      error.hint = "free some space on that file system and run again";
      break;
    case ENOENT:
      error.kind = ErrorKind::NotFound;
      break;
    case EACCES:
      error.kind = ErrorKind::Io;
      error.hint = "run it as root, or as the user whom that belongs to";
      break;
    default:
      error.kind = ErrorKind::Io;
  }
  error.message = std::move(what) + ": " + std::generic_category().message(error_number);
  return error;
}

void check_failed(const char* condition, const char* file, int line, const char* why) {
  std::fprintf(stderr, "backstay: internal error at %s:%d: %s (%s)\n", file, line, why, condition);
  std::abort();
}

}  // namespace backstay
