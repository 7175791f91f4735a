#include "lang/base/secret_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace backstay::lang {
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
  constexpr std::array<std::string_view, 10> kEnds{
      "pass",  "password", "passwd",     "passphrase", "secret",
      "token", "api-key",  "access-key", "secret-key", "mysql-pwd"};
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

bool is_token_byte(char byte) {
  return std::isalnum(static_cast<unsigned char>(byte)) != 0 || byte == '_' || byte == '-';
}

/// Tokens that say what they are: a fixed beginning and a long random rest.
/// https://docs.github.com/en/code-security/secret-scanning,
/// https://docs.gitlab.com/ee/security/tokens
bool has_token(std::string_view text) {
  struct Shape {
    std::string_view begin;
    std::size_t rest;  // bytes at least
  };

  constexpr std::array<Shape, 8> kShapes{{{"ghp_", 36},
                                          {"gho_", 36},
                                          {"ghs_", 36},
                                          {"github_pat_", 40},
                                          {"glpat-", 20},
                                          {"xoxb-", 24},
                                          {"hvs.", 24},
                                          {"sk_live_", 24}}};
  return std::any_of(kShapes.begin(), kShapes.end(), [&](const Shape& shape) {
    const std::size_t at = text.find(shape.begin);
    if (at == std::string_view::npos || (at > 0 && is_token_byte(text[at - 1]))) {
      return false;
    }
    const std::string_view rest = text.substr(at + shape.begin.size());
    const auto end = std::find_if_not(rest.begin(), rest.end(), is_token_byte);
    return static_cast<std::size_t>(end - rest.begin()) >= shape.rest;
  });
}

bool has_private_key(std::string_view argument) {
  return argument.find("PRIVATE KEY-----") != std::string_view::npos ||
         argument.find("AGE-SECRET-KEY-1") != std::string_view::npos;
}

/// What is a secret wherever it stands.
std::optional<std::string> find_shape(std::string_view text) {
  if (has_private_key(text)) {
    return "a private key";
  }
  if (has_url_password(text)) {
    return "a URL with a password";
  }
  if (has_token(text)) {
    return "an access token";
  }
  return std::nullopt;
}

/// `mysql -psecret`: the clients of MariaDB and MySQL take it without a blank.
bool is_client_password(std::string_view program, std::string_view argument) {
  const std::string_view name = program.substr(program.rfind('/') + 1);
  return (name.starts_with("mysql") || name.starts_with("mariadb")) && argument.size() > 2 &&
         argument.starts_with("-p") && argument[2] != '/';
}

/// An option that is followed by a secret, or by an account and a secret after a colon.
struct SecretOption {
  std::string_view program;
  std::string_view option;
  bool after_colon;
};

bool takes_secret(std::string_view program, std::string_view option, std::string_view value) {
  constexpr std::array<SecretOption, 6> kOptions{{{"sshpass", "-p", false},
                                                  {"redis-cli", "-a", false},
                                                  {"curl", "-u", true},
                                                  {"curl", "--user", true},
                                                  {"wget", "--user", true},
                                                  {"ldapsearch", "-w", false}}};
  const std::string_view name = program.substr(program.rfind('/') + 1);
  return std::any_of(kOptions.begin(), kOptions.end(), [&](const SecretOption& one) {
    const std::size_t colon = value.find(':');
    const bool given =
        one.after_colon ? colon != std::string_view::npos && colon > 0 && colon + 1 < value.size()
                        : is_literal_value(value);
    return one.program == name && one.option == option && given;
  });
}

/// `name=value` or `name: value` with the name of a secret, and a value that is one.
bool assigns_secret(std::string_view text) {
  for (std::size_t at = text.find_first_of("=:"); at != std::string_view::npos;
       at = text.find_first_of("=:", at + 1)) {
    const std::string_view before = text.substr(0, at);
    const std::size_t begin = before.find_last_of(" \t,;:&?/\"'") + 1;
    std::string_view value = text.substr(at + 1);
    const std::size_t blanks = std::min(value.find_first_not_of(' '), value.size());
    value.remove_prefix(blanks);
    value = value.substr(0, value.find_first_of(" \t,;&"));
    // After a blank a word is prose: "token: ask the night shift".
    if (blanks == 0 && is_secret_name(before.substr(begin)) && is_literal_value(value)) {
      return true;
    }
  }
  return false;
}

std::optional<SecretArgument> value_of(std::string_view name, std::size_t at) {
  return SecretArgument{at, "the value of `" + std::string(name) + "`"};
}

/// The secret that the argument at `at` holds or announces.
std::optional<SecretArgument> secret_at(const std::vector<std::string>& arguments, std::size_t at) {
  const std::string_view argument = arguments[at];
  const bool last = at + 1 == arguments.size();
  if (auto shape = find_shape(argument)) {
    return SecretArgument{at, *std::move(shape)};
  }
  if (at > 0 && !last && takes_secret(arguments.front(), argument, arguments[at + 1])) {
    return value_of(argument, at + 1);
  }
  if (at > 0 && is_client_password(arguments.front(), argument)) {
    return value_of("-p", at);
  }
  const std::size_t equals = argument.find('=');
  const std::string_view name = argument.substr(0, equals);
  if (!is_secret_name(name)) {
    return std::nullopt;
  }
  if (equals != std::string_view::npos) {
    return is_literal_value(argument.substr(equals + 1)) ? value_of(name, at) : std::nullopt;
  }
  const bool follows = name.starts_with('-') && !last && is_literal_value(arguments[at + 1]);
  return follows ? value_of(name, at + 1) : std::nullopt;
}

}  // namespace

std::vector<SecretArgument> secret_arguments(const std::vector<std::string>& arguments) {
  std::vector<SecretArgument> found;
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    if (auto secret = secret_at(arguments, at)) {
      found.push_back(*std::move(secret));
    }
  }
  return found;
}

std::optional<std::string> find_secret_literal(const std::vector<std::string>& arguments) {
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    if (auto secret = secret_at(arguments, at)) {
      return std::move(secret->what);
    }
  }
  return std::nullopt;
}

std::optional<std::string> find_secret_in_text(std::string_view text) {
  if (auto shape = find_shape(text)) {
    return shape;
  }
  return assigns_secret(text) ? std::optional<std::string>("the value of a password or token")
                              : std::nullopt;
}

std::optional<std::string> find_secret_in_address(std::string_view address) {
  if (auto secret = find_secret_in_text(address)) {
    return secret;
  }
  const std::string_view account = address.substr(0, std::min(address.find('@'), address.size()));
  const std::size_t colon = account.find(':');
  const bool has_password = account.size() < address.size() && colon != std::string_view::npos &&
                            colon > 0 && colon + 1 < account.size() &&
                            account.find('/') == std::string_view::npos;
  return has_password ? std::optional<std::string>("a password before the host") : std::nullopt;
}

std::optional<std::string> find_secret_in_setting(std::string_view name, std::string_view value) {
  if (is_secret_name(name) && is_literal_value(value)) {
    return "its value";
  }
  return find_secret_in_text(value);
}

}  // namespace backstay::lang
