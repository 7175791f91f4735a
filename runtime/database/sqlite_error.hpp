// What SQLite says went wrong, as one of our errors.
#pragma once

#include <string>

#include "lang/base/result.hpp"

namespace backstay::runtime {

/// code  as SQLite gives it, extended or not.  what  its own words
/// NotFound (cannot be opened), BadInput (no SQLite file), Verification (damaged), Timeout
/// (locked), NoSpace, Io.
[[nodiscard]] Error sqlite_error(int code, const std::string& what, const std::string& path);

}  // namespace backstay::runtime
