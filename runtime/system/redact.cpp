#include "runtime/system/redact.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace backstay::runtime {
namespace {

constexpr std::string_view kStars = "***";
constexpr std::array<std::string_view, 12> kNames = {
    "password", "passwd",  "passphrase", "secret_key", "secret",      "auth_token",
    "token",    "api_key", "apikey",     "access_key", "private_key", "credential"};

char lower(char letter) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
}

bool is_space(char letter) {
  return letter == ' ' || letter == '\t';
}

/// Whether `text` has `word` at `at`; `_` of the word matches `-` too.
bool has_word(std::string_view text, std::size_t at, std::string_view word) {
  if (text.size() - at < word.size()) {
    return false;
  }
  for (std::size_t index = 0; index < word.size(); ++index) {
    const char letter = lower(text[at + index]);
    if (letter != lower(word[index]) && !(word[index] == '_' && letter == '-')) {
      return false;
    }
  }
  return true;
}

/// Behind blanks.
std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) {
    ++at;
  }
  return at;
}

/// The end of a value: of what is in quotes, or up to a blank or a mark that ends one.
std::size_t value_end(std::string_view text, std::size_t at) {
  if (at < text.size() && (text[at] == '"' || text[at] == '\'')) {
    const auto end = text.find(text[at], at + 1);
    return end == std::string_view::npos ? text.size() : end + 1;
  }
  const auto end = text.find_first_of(" \t\n\"',;)&", at);
  return end == std::string_view::npos ? text.size() : end;
}

/// `using password: YES`, `<password>`: words about a secret, and none.
bool is_no_secret(std::string_view value) {
  return value.empty() || value == "YES" || value == "NO" || value.front() == '<' ||
         value.front() == '(' || value.front() == '[' || value.front() == '/' ||
         value.front() == '*';
}

/// Where the secret behind a name begins: the name may go on (`password_file`: none of ours).
std::optional<std::size_t> value_behind(std::string_view text, std::size_t at, bool option) {
  if (at < text.size() && (text[at] == '"' || text[at] == '\'')) {
    ++at;  // the name was in quotes, as in JSON
  }
  const std::size_t mark = skip_blanks(text, at);
  if (mark < text.size() && (text[mark] == '=' || text[mark] == ':')) {
    return skip_blanks(text, mark + 1);
  }
  return option && mark > at ? std::optional(mark) : std::nullopt;
}

struct Range {
  std::size_t begin;
  std::size_t end;
};

std::optional<Range> named_secret(std::string_view text, std::size_t at) {
  for (const std::string_view name : kNames) {
    if (!has_word(text, at, name)) {
      continue;
    }
    const auto word = text.find_last_of(" \t\n\"'", at);
    const bool option =
        text.substr(word == std::string_view::npos ? 0 : word + 1).starts_with("--");
    const auto begin = value_behind(text, at + name.size(), option);
    if (!begin) {
      continue;
    }
    const std::size_t end = value_end(text, *begin);
    if (!is_no_secret(text.substr(*begin, end - *begin))) {
      return Range{*begin, end};
    }
  }
  return std::nullopt;
}

std::optional<Range> identified_by(std::string_view text, std::size_t at) {
  constexpr std::string_view kWords = "identified by ";
  if (!has_word(text, at, kWords)) {
    return std::nullopt;
  }
  std::size_t begin = skip_blanks(text, at + kWords.size());
  constexpr std::string_view kHash = "password ";
  begin += has_word(text, begin, kHash) ? kHash.size() : 0;
  return Range{begin, value_end(text, begin)};
}

std::optional<Range> address_password(std::string_view text, std::size_t at) {
  if (!has_word(text, at, "://")) {
    return std::nullopt;
  }
  const auto end = std::min(text.find_first_of("/ \t\n\"'", at + 3), text.size());
  const auto host = text.rfind('@', end);
  const auto colon = text.find(':', at + 3);
  if (host == std::string_view::npos || host < at || colon >= host) {
    return std::nullopt;
  }
  return Range{colon + 1, host};
}

std::optional<Range> key_text(std::string_view text, std::size_t at) {
  if (has_word(text, at, "AGE-SECRET-KEY-")) {
    return Range{at, value_end(text, at)};
  }
  constexpr std::string_view kEnd = "-----END";
  if (has_word(text, at, "-----BEGIN") &&
      text.substr(at, 60).find("PRIVATE KEY") != std::string_view::npos) {
    const auto end = text.find(kEnd, at);
    return Range{at, end == std::string_view::npos ? text.size()
                                                   : std::min(text.find('\n', end), text.size())};
  }
  return std::nullopt;
}

std::optional<Range> secret_at(std::string_view text, std::size_t at) {
  switch (lower(text[at])) {
    case ':':
      return address_password(text, at);
    case '-':
      return key_text(text, at);
    case 'i':
      return identified_by(text, at);
    default: {  // a letter: any of the names
      const auto named = named_secret(text, at);
      return named ? named : key_text(text, at);
    }
  }
}

}  // namespace

std::string redact_secrets(std::string_view text) {
  std::string redacted;
  std::size_t copied = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto found = secret_at(text, at);
    if (!found || found->end <= at) {
      ++at;
      continue;
    }
    redacted += text.substr(copied, found->begin - copied);
    redacted += kStars;
    copied = found->end;
    at = found->end;
  }
  return redacted + std::string(text.substr(copied));
}

}  // namespace backstay::runtime
