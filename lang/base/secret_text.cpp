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

/// Whoever knows the address of such a hook can write into the channel.
/// https://api.slack.com/messaging/webhooks,
/// https://discord.com/developers/docs/resources/webhook
bool has_webhook(std::string_view text) {
  constexpr std::array<std::string_view, 3> kBegins{
      "hooks.slack.com/services/", "discord.com/api/webhooks/", "discordapp.com/api/webhooks/"};
  return std::any_of(kBegins.begin(), kBegins.end(), [&](std::string_view begin) {
    const std::size_t at = text.find(begin);
    const std::string_view rest =
        at == std::string_view::npos ? "" : text.substr(at + begin.size());
    const std::size_t slash = rest.find('/');
    return slash != std::string_view::npos && slash > 0 && slash + 1 < rest.size();
  });
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
  if (has_webhook(text)) {
    return "the address of a webhook";
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
  constexpr std::array<SecretOption, 9> kOptions{{{"sshpass", "-p", false},
                                                  {"etcdctl", "--user", true},
                                                  {"curl", "--proxy-user", true},
                                                  {"curl", "-U", true},
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

/// `Authorization: Bearer …`, `X-Auth-Token: …`: a header of a request.
bool is_secret_header(std::string_view header) {
  const std::size_t colon = header.find(':');
  if (colon == std::string_view::npos) {
    return false;
  }
  const std::string name = lower(header.substr(0, colon));
  std::string_view value = header.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  if (name.ends_with("authorization")) {
    value = value.substr(value.rfind(' ') + 1);  // what follows `Bearer`
    return is_literal_value(value);
  }
  return is_secret_name(name) && is_literal_value(value);
}

/// A word that nobody says: long, of three kinds of characters, with a digit before a letter.
bool looks_random(std::string_view word) {
  constexpr std::size_t kShortest = 8;
  const auto is = [](int (*kind)(int)) {
    return [kind](char byte) { return kind(static_cast<unsigned char>(byte)) != 0; };
  };
  const auto has = [&](int (*kind)(int)) {
    return std::any_of(word.begin(), word.end(), is(kind));
  };
  const auto digit = std::find_if(word.begin(), word.end(), is(std::isdigit));
  const int kinds = int{has(std::islower)} + int{has(std::isupper)} + int{has(std::isdigit)} +
                    int{has(std::ispunct)};
  return word.size() >= kShortest && kinds >= 3 && std::any_of(digit, word.end(), is(std::isalpha));
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
    if (is_secret_name(before.substr(begin)) && is_literal_value(value) &&
        (blanks == 0 || looks_random(value))) {
      return true;
    }
  }
  return false;
}

std::optional<SecretArgument> value_of(std::string_view name, std::size_t at) {
  return SecretArgument{at, "the value of `" + std::string(name) + "`"};
}

/// The commands of a shell's script as words, near enough to look for secrets. What the shell puts
/// in is none: `-p$PASSWORD` is `-p/`, as if it named a file.
std::vector<std::vector<std::string>> commands_of(std::string_view script) {
  std::vector<std::vector<std::string>> commands(1);
  std::string word;
  char quote = '\0';
  const auto end_word = [&] {
    const std::size_t expanded = word.find_first_of("$`");
    if (expanded != std::string::npos) {
      word.replace(expanded, std::string::npos, "/");
    }
    // `PASSWORD=… mysql`: the assignment is a command of its own here.
    const bool assigns = commands.back().empty() && word.find('=') != std::string::npos;
    if (!word.empty()) {
      commands.back().push_back(std::move(word));
    }
    word.clear();
    if (assigns) {
      commands.emplace_back();
    }
  };
  for (const char byte : script) {
    if (quote != '\0') {
      quote = byte == quote ? '\0' : quote;
      word += quote == '\0' ? "" : std::string(1, byte);
    } else if (byte == '"' || byte == '\'') {
      quote = byte;
    } else if (byte == ' ' || byte == '\t') {
      end_word();
    } else if (std::string_view(";|&()\n").find(byte) != std::string_view::npos) {
      end_word();
      commands.emplace_back();
    } else {
      word += byte;
    }
  }
  end_word();
  return commands;
}

bool is_script(const std::vector<std::string>& arguments, std::size_t at) {
  constexpr std::array<std::string_view, 6> kShells{"sh", "bash", "dash", "ash", "ksh", "zsh"};
  const std::string_view program = arguments.front();
  const std::string_view name = program.substr(program.rfind('/') + 1);
  const std::string_view before = at > 0 ? std::string_view(arguments[at - 1]) : "";
  return std::find(kShells.begin(), kShells.end(), name) != kShells.end() &&
         before.starts_with('-') && !before.starts_with("--") && before.ends_with('c');
}

/// The secret in the script that a shell is given.
std::optional<SecretArgument> secret_in_script(const std::vector<std::string>& arguments,
                                               std::size_t at) {
  for (const auto& command : commands_of(arguments[at])) {
    if (auto what = find_secret_literal(command)) {
      return SecretArgument{at, *std::move(what)};
    }
  }
  return std::nullopt;
}

/// The header that an argument gives, with its option or after it.
std::string_view header_at(const std::vector<std::string>& arguments, std::size_t at) {
  constexpr std::string_view kLong = "--header=";
  const std::string_view argument = arguments[at];
  const bool after = at > 0 && (arguments[at - 1] == "-H" || arguments[at - 1] == "--header");
  return after                         ? argument
         : argument.starts_with(kLong) ? argument.substr(kLong.size())
         : argument.starts_with("-H")  ? argument.substr(2)
                                       : std::string_view();
}

/// The secret that the argument at `at` holds or announces.
std::optional<SecretArgument> secret_at(const std::vector<std::string>& arguments, std::size_t at) {
  const std::string_view argument = arguments[at];
  const bool last = at + 1 == arguments.size();
  if (auto shape = find_shape(argument)) {
    return SecretArgument{at, *std::move(shape)};
  }
  if (is_script(arguments, at)) {
    return secret_in_script(arguments, at);
  }
  if (at > 0 && !last && takes_secret(arguments.front(), argument, arguments[at + 1])) {
    return value_of(argument, at + 1);
  }
  if (at > 0 && is_client_password(arguments.front(), argument)) {
    return value_of("-p", at);
  }
  if (const std::string_view header = header_at(arguments, at); is_secret_header(header)) {
    return value_of(header.substr(0, header.find(':')), at);
  }
  const std::size_t equals = argument.find('=');
  const std::string_view name = argument.substr(0, equals);
  if (at > 0 && equals != std::string_view::npos &&
      takes_secret(arguments.front(), name, argument.substr(equals + 1))) {
    return value_of(name, at);
  }
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
