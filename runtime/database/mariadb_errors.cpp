// Numbers are those of MariaDB's error list (mariadb.com/kb, "MariaDB Error Code Reference").
#include "runtime/database/mariadb_errors.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "runtime/database/server_failure.hpp"

namespace backstay::runtime {
namespace {

using Cause = ServerCause;

Cause cause_of(int number) {
  switch (number) {
    case 1044:  // access denied to a database
    case 1045:  // wrong password
    case 1130:  // host not allowed
    case 1142:  // a privilege on a table is missing
    case 1227:  // a global privilege is missing
    case 1370:  // a privilege on a routine is missing
    case 1524:  // authentication plugin not loaded
    case 1698:  // socket login refused
      return Cause::Credentials;
    case 2002:  // socket
    case 2003:  // address
    case 2005:  // unknown host
      return Cause::NoAnswer;
    case 1053:  // shutdown in progress
    case 1927:  // connection was killed
    case 2006:  // gone away
    case 2013:  // lost during a query
      return Cause::Lost;
    case 1049:
      return Cause::NoDatabase;
    default:
      return Cause::Other;
  }
}

/// The number at the front of `text`, if there is one of a plausible size.
std::optional<int> leading_number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto digits = end - text.data();
  if (error != std::errc() || digits != 4)
    return std::nullopt;
  return number;
}

std::vector<std::string_view> filled_lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0)
      lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// The client prints the statement that failed before its `ERROR` line; it may hold anything.
std::string only_errors(const std::string& text) {
  std::string errors;
  for (const std::string_view line : filled_lines_of(text)) {
    if (line.starts_with("ERROR "))
      errors += (errors.empty() ? "" : "\n") + std::string(line);
  }
  return errors.empty() ? text : errors;
}

std::string login_hint(const plan::Server& server) {
  if (!server.login.empty())
    return "check user, password and grants of secret " + server.login;
  return server.login_file.empty()
             ? "the server has no `login`: run as an account that the server lets in by its "
               "socket, or give it one"
             : "check user, password and grants of " + server.login_file;
}

}  // namespace

std::optional<int> first_error_number(std::string_view text) {
  for (const std::string_view line : filled_lines_of(text)) {
    for (const std::string_view key : {"ERROR ", "rror: ", "Error "}) {
      const std::size_t at = line.find(key);
      if (at == std::string_view::npos)
        continue;
      if (const auto number = leading_number(line.substr(at + key.size())))
        return number;
    }
    const std::size_t open = line.rfind('(');
    if (open == std::string_view::npos || !line.ends_with(')'))
      continue;
    if (const auto number = leading_number(line.substr(open + 1)))
      return number;
  }
  return std::nullopt;
}

bool is_definition_change(int number) {
  constexpr std::array kNumbers = {1051,   // unknown table
                                   1146,   // no such table
                                   1205,   // lock wait timeout
                                   1213,   // deadlock
                                   1305,   // no such routine
                                   1347,   // is not a view any more
                                   1360,   // no such trigger
                                   1412,   // definition has changed
                                   1539};  // no such event
  return std::find(kNumbers.begin(), kNumbers.end(), number) != kNumbers.end();
}

std::string unknown_lines(std::string_view errors) {
  // Said by clients from 11.4 on for socket logins; nothing is lost by it.
  constexpr std::string_view kHarmless = "WARNING: option --ssl-verify-server-cert is disabled";
  std::string unknown;
  for (const std::string_view line : filled_lines_of(errors)) {
    if (line.starts_with(kHarmless))
      continue;
    unknown += (unknown.empty() ? "" : "\n") + std::string(line);
  }
  return unknown;
}

std::string address_of(const plan::Server& server) {
  if (!server.socket.empty())
    return "socket " + server.socket;
  return fmt::format("{}:{}", server.address, server.port == 0 ? 3306 : server.port);
}

std::string shown_errors(const Exit& exit) {
  std::string said = only_errors(unknown_lines(exit.errors));
  for (std::size_t at = said.find('\n'); at != std::string::npos; at = said.find('\n', at)) {
    said.replace(at, 1, "; ");
  }
  return said;
}

Error server_error(const plan::Server& server, const Exit& exit, std::string_view program) {
  return to_error(server,
                  {.cause = cause_of(first_error_number(exit.errors).value_or(0)),
                   .address = address_of(server),
                   .said = shown_errors(exit),
                   .login_hint = login_hint(server)},
                  exit, program);
}

}  // namespace backstay::runtime
