// A program that failed against a database server, as an Error: the same words for servers of every
// kind. What a program's text means is read in the file of its kind.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {

enum class ServerCause : std::uint8_t { Credentials, NoAnswer, Lost, NoDatabase, Other };

struct ServerFailure {
  ServerCause cause = ServerCause::Other;
  std::string address;     ///< `socket /run/mysqld/mysqld.sock` or `db.example:3306`
  std::string said;        ///< one line, without secrets
  std::string login_hint;  ///< what to do about a login that is refused
};

/// Credentials, ToolMissing (no answer), NotFound (unknown database) or ToolFailed.
[[nodiscard]] Error to_error(const plan::Server& server,
                             const ServerFailure& failure,
                             const Exit& exit,
                             std::string_view program);

}  // namespace backstay::runtime
