#include "compiler/check/secret_literals.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace backstay::compiler {
namespace {

std::string lower(std::string_view text) {
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(), [](char byte) {
    return byte == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(byte)));
  });
  return small;
}

/// `--password`, `OS_PASSWORD`, `api-key` …, not `--password-file`.
bool is_secret_name(std::string_view name) {
  constexpr std::array<std::string_view, 9> kEnds{"password",   "passwd",     "passphrase",
                                                  "secret",     "token",      "api-key",
                                                  "access-key", "secret-key", "mysql-pwd"};
  const std::string small = lower(name);
  return std::any_of(kEnds.begin(), kEnds.end(), [&](std::string_view end) {
    const std::string_view whole(small);
    return whole.ends_with(end) &&
           (whole.size() == end.size() || whole[whole.size() - end.size() - 1] == '-' ||
            whole == "pgpassword");
  });
}

/// A value that is the thing itself, not a place where it lies.
bool is_literal_value(std::string_view value) {
  return !value.empty() && value.front() != '/' && value.front() != '@' && value.front() != '-' &&
         value != "prompt" && value != "env" && value != "true" && value != "false";
}

/// `scheme://user:password@host`
bool has_url_password(std::string_view argument) {
  const std::size_t scheme = argument.find("://");
  if (scheme == std::string_view::npos) {
    return false;
  }
  const std::string_view rest = argument.substr(scheme + 3);
  const std::string_view authority = rest.substr(0, rest.find('/'));
  const std::size_t at = authority.rfind('@');
  const std::size_t colon = authority.find(':');
  return at != std::string_view::npos && colon != std::string_view::npos && colon + 1 < at;
}

bool has_private_key(std::string_view argument) {
  return argument.find("PRIVATE KEY-----") != std::string_view::npos ||
         argument.find("AGE-SECRET-KEY-1") != std::string_view::npos;
}

/// `mysql -psecret`: the clients of MariaDB and MySQL take it without a blank.
bool is_client_password(std::string_view program, std::string_view argument) {
  const std::string_view name = program.substr(program.rfind('/') + 1);
  return (name.starts_with("mysql") || name.starts_with("mariadb")) && argument.size() > 2 &&
         argument.starts_with("-p") && argument[2] != '/';
}

}  // namespace

std::optional<std::string> find_secret_literal(const std::vector<std::string>& arguments) {
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    const std::string_view argument = arguments[at];
    if (has_private_key(argument)) {
      return "a private key";
    }
    if (has_url_password(argument)) {
      return "a URL with a password";
    }
    if (at > 0 && is_client_password(arguments.front(), argument)) {
      return "the value of `-p`";
    }
    const std::size_t equals = argument.find('=');
    const std::string_view name = argument.substr(0, equals);
    if (!is_secret_name(name)) {
      continue;
    }
    const bool is_option = name.starts_with('-');
    const bool inside =
        equals != std::string_view::npos && is_literal_value(argument.substr(equals + 1));
    const bool follows = equals == std::string_view::npos && is_option &&
                         at + 1 < arguments.size() && is_literal_value(arguments[at + 1]);
    if (inside || follows) {
      return "the value of `" + std::string(name) + "`";
    }
  }
  return std::nullopt;
}

}  // namespace backstay::compiler
