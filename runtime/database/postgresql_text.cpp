// Quoting, cells and arguments of PostgreSQL's programs, and the meaning of what they say on
// stderr.
#include "runtime/database/postgresql_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "runtime/database/server_failure.hpp"

namespace backstay::runtime {
namespace {

using Cause = ServerCause;

struct Saying {
  std::string_view text;
  Cause cause;
};

// The first that occurs decides. Servers and clients speak English: LANG is C.UTF-8, and a server
// with other messages is an Other, whose words are shown as they are.
constexpr std::array kSayings = {
    Saying{"password authentication failed", Cause::Credentials},
    Saying{"no password supplied", Cause::Credentials},
    Saying{"Peer authentication failed", Cause::Credentials},
    Saying{"Ident authentication failed", Cause::Credentials},
    Saying{"no pg_hba.conf entry", Cause::Credentials},
    Saying{"permission denied", Cause::Credentials},
    Saying{"must be superuser", Cause::Credentials},
    Saying{"must be owner", Cause::Credentials},
    Saying{"server closed the connection", Cause::Lost},
    Saying{"terminating connection", Cause::Lost},
    Saying{"is shutting down", Cause::NoAnswer},
    Saying{"is starting up", Cause::NoAnswer},
    Saying{"Connection refused", Cause::NoAnswer},
    Saying{"No such file or directory", Cause::NoAnswer},
    Saying{"could not translate host name", Cause::NoAnswer},
    Saying{"timeout expired", Cause::NoAnswer},
};

Cause cause_of(std::string_view errors) {
  for (const Saying& saying : kSayings) {
    if (errors.find(saying.text) != std::string_view::npos)
      return saying.cause;
  }
  const bool no_role = errors.find("role \"") != std::string_view::npos;
  if (errors.find("\" does not exist") == std::string_view::npos)
    return Cause::Other;
  return no_role ? Cause::Credentials : Cause::NoDatabase;
}

std::string one_line(std::string_view errors) {
  std::string line(errors.substr(0, errors.find_last_not_of('\n') + 1));
  for (std::size_t at = line.find('\n'); at != std::string::npos; at = line.find('\n', at))
    line.replace(at, 1, "; ");
  return line;
}

std::string address(const plan::Server& server) {
  if (!server.socket.empty())
    return "socket " + server.socket;
  return fmt::format("{}:{}", server.address, server.port == 0 ? 5432 : server.port);
}

std::string login_hint(const plan::Server& server) {
  if (!server.login.empty())
    return "check user, password and rights of secret " + server.login;
  if (!server.login_file.empty())
    return "check user, password and rights of " + server.login_file;
  return "the server has no `login`: it is asked as the account `postgres` by its socket; let that "
         "in (pg_hba.conf: `local all postgres peer`), or give it a login";
}

// A doubled `quote` within quotes.
std::string doubled(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char byte : text) {
    quoted += byte;
    if (byte == quote)
      quoted += quote;
  }
  return quoted + quote;
}

}  // namespace

std::vector<std::string> dump_arguments(const std::string& database) {
  return {"--format=custom", "--compress=0", "--lock-wait-timeout=60s", "--dbname=" + database};
}

std::vector<std::string> import_arguments(const std::string& database) {
  return {"--exit-on-error", "--dbname=" + database};
}

std::optional<Rows> parse_cells(std::string_view output, std::size_t columns) {
  Rows rows;
  std::vector<std::string> row;
  for (std::size_t at = 0; at < output.size();) {
    const std::size_t end = output.find('\0', at);
    if (end == std::string_view::npos)
      return std::nullopt;
    row.emplace_back(output.substr(at, end - at));
    at = end + 1;
    if (row.size() == columns)
      rows.push_back(std::exchange(row, {}));
  }
  if (!row.empty())
    return std::nullopt;
  return rows;
}

Error postgres_error(const plan::Server& server, const Exit& exit, std::string_view program) {
  return to_error(server,
                  {.cause = cause_of(exit.errors),
                   .address = address(server),
                   .said = one_line(exit.errors),
                   .login_hint = login_hint(server)},
                  exit, program);
}

std::string quote_identifier(std::string_view name) {
  return doubled(name, '"');
}

std::string quote_literal(std::string_view text) {
  // E'…' has one meaning of a backslash; '…' has two, by a setting.
  if (text.find('\\') == std::string_view::npos)
    return doubled(text, '\'');
  std::string escaped;
  for (const char byte : text)
    escaped += byte == '\\' ? std::string("\\\\") : std::string(1, byte);
  return "E" + doubled(escaped, '\'');
}

std::optional<std::string> password_file_user(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty() || line.front() == '#')
      continue;
    std::vector<std::string> fields(1);
    for (std::size_t at = 0; at < line.size(); ++at) {
      if (line[at] == '\\' && at + 1 < line.size()) {
        fields.back() += line[++at];
      } else if (line[at] == ':') {
        fields.emplace_back();
      } else {
        fields.back() += line[at];
      }
    }
    const bool named = fields.size() == 5 && !fields[3].empty() && fields[3] != "*";
    return named ? std::optional(fields[3]) : std::nullopt;
  }
  return std::nullopt;
}

SocketPlace socket_place(const std::string& socket) {
  constexpr std::string_view kFile = "/.s.PGSQL.";
  const std::size_t at = socket.rfind(kFile);
  if (at == std::string::npos)
    return {.directory = socket};
  SocketPlace place{.directory = socket.substr(0, at)};
  const char* const end = socket.data() + socket.size();
  const auto [stop, error] = std::from_chars(socket.data() + at + kFile.size(), end, place.port);
  if (error != std::errc() || stop != end)
    return {.directory = socket};
  return place;
}

}  // namespace backstay::runtime
