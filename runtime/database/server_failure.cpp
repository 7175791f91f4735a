#include "runtime/database/server_failure.hpp"

#include <fmt/format.h>

namespace backstay::runtime {
namespace {

std::string start_hint(const plan::Server& server) {
  if (server.units.empty())
    return "start the server, or correct its address in the policy";
  std::string units;
  for (const std::string& unit : server.units)
    units += " " + unit;
  return "start it: systemctl start" + units;
}

}  // namespace

Error to_error(const plan::Server& server,
               const ServerFailure& failure,
               const Exit& exit,
               std::string_view program) {
  const auto message = [&](std::string_view start) {
    return fmt::format("{} `{}` at {}: {}", start, server.name, failure.address, failure.said);
  };
  switch (failure.cause) {
    case ServerCause::Credentials:
      return {.kind = ErrorKind::Credentials,
              .message = message("login or privilege refused by server"),
              .hint = failure.login_hint};
    case ServerCause::NoAnswer:
      return {.kind = ErrorKind::ToolMissing,
              .message = message("no answer from server"),
              .hint = start_hint(server),
              .retry = Retry::Temporary};
    case ServerCause::Lost:
      return {.kind = ErrorKind::ToolFailed,
              .message = message("connection lost to server"),
              .hint = "look into the server's log; then run again",
              .retry = Retry::Temporary};
    case ServerCause::NoDatabase:
      return {.kind = ErrorKind::NotFound,
              .message = message("no such database on server"),
              .hint = "correct the name in the policy, or create the database"};
    case ServerCause::Other:
      break;
  }
  return {.kind = ErrorKind::ToolFailed,
          .message =
              fmt::format("{} against server `{}` ended with {}: {}", program, server.name,
                          describe(exit), failure.said.empty() ? "it said nothing" : failure.said)};
}

}  // namespace backstay::runtime
