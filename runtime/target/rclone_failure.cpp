// What rclone's exit status and words mean. The status alone says little: 1 is both a wrong
// password and a server that is gone (rclone.org/docs, "Exit code").
#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "runtime/system/redact.hpp"
#include "runtime/target/rclone_command.hpp"

namespace backstay::runtime {
namespace {

struct Meaning {
  std::string_view words;  // lower case
  ErrorKind kind;
  std::string_view hint;
};

constexpr std::string_view kRoom = "make room at the target, or raise its quota";
constexpr std::string_view kLogin =
    "look at the login of the target: try it with `rclone --config FILE lsd REMOTE:`";
constexpr std::string_view kPeer =
    "look at the network and the server; the next run takes up what is there";

// In this order: what is said of room or of a login is surer than what is said of a line.
constexpr std::array kMeanings = {
    Meaning{"no space left", ErrorKind::NoSpace, kRoom},
    Meaning{"remaining disk space", ErrorKind::NoSpace, kRoom},
    Meaning{"insufficient storage", ErrorKind::NoSpace, kRoom},
    Meaning{"quota", ErrorKind::NoSpace, kRoom},
    Meaning{"413 request entity too large", ErrorKind::NoSpace, kRoom},
    Meaning{"too large object", ErrorKind::NoSpace, kRoom},
    Meaning{"authorization failed", ErrorKind::Credentials, kLogin},
    Meaning{"401 unauthorized", ErrorKind::Credentials, kLogin},
    Meaning{"403 forbidden", ErrorKind::Credentials, kLogin},
    Meaning{"operation forbidden", ErrorKind::Credentials, kLogin},
    Meaning{"accessdenied", ErrorKind::Credentials, kLogin},
    Meaning{"invalidaccesskeyid", ErrorKind::Credentials, kLogin},
    Meaning{"signaturedoesnotmatch", ErrorKind::Credentials, kLogin},
    Meaning{"didn't find section in config file", ErrorKind::Credentials,
            "the login of the target is an rclone.conf without this remote"},
    Meaning{"couldn't decrypt configuration", ErrorKind::Credentials,
            "the login must be an rclone.conf that is not encrypted: let a `command` decrypt it"},
    Meaning{"immutable file modified", ErrorKind::Refused,
            "something else lies there under the same name; nothing was replaced"},
    Meaning{"i/o timeout", ErrorKind::Timeout, kPeer},
    Meaning{"timeout", ErrorKind::Timeout, kPeer},
    Meaning{"deadline exceeded", ErrorKind::Timeout, kPeer},
};

std::string lower(std::string_view text) {
  std::string low(text);
  std::transform(low.begin(), low.end(), low.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return low;
}

// `2026/11/22 17:29:28 Failed to …`: without the time.
std::string_view without_time(std::string_view line) {
  constexpr std::size_t kTime = 20;
  const bool timed = line.size() > kTime && line[4] == '/' && line[7] == '/' && line[13] == ':';
  return timed ? line.substr(kTime) : line;
}

// The last line that says what is wrong; noise of the HTTP library and of retries left out.
std::string said(const std::string& errors) {
  std::string last;
  std::size_t begin = 0;
  while (begin < errors.size()) {
    const std::size_t end = std::min(errors.find('\n', begin), errors.size());
    const std::string_view line = without_time(std::string_view(errors).substr(begin, end - begin));
    begin = end + 1;
    const bool noise = line.empty() || line.starts_with('\t') ||
                       line.starts_with("Unsolicited response") || line.starts_with("NOTICE") ||
                       line.starts_with("INFO") ||
                       line.find("not attempting retries") != std::string_view::npos;
    if (!noise && (last.empty() || line.find("Attempt ") == std::string_view::npos))
      last = std::string(line);
  }
  return last;
}

// The first line with these words, in lower case. Why not the last: what a retry says of what the
// first try left is not why it failed.
std::string line_with(const std::string& errors, std::string_view words) {
  const std::size_t at = lower(errors).find(words);
  if (at == std::string::npos)
    return {};
  const std::size_t newline = errors.rfind('\n', at);
  const std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
  const std::size_t end = std::min(errors.find('\n', at), errors.size());
  return std::string(without_time(std::string_view(errors).substr(begin, end - begin)));
}

std::string message_of(const std::string& remote, const std::string& said) {
  return "rclone could not reach or use " + remote + ": " + redact_secrets(said);
}

}  // namespace

Error rclone_failure(const std::string& remote, const Exit& exit) {
  const std::string text = said(exit.errors);
  Error error{.kind = ErrorKind::Io,
              .message = message_of(remote, text.empty() ? describe(exit) : text),
              .hint = std::string(kPeer),
              .retry = Retry::Temporary};
  const std::string low = lower(exit.errors);
  for (const Meaning& meaning : kMeanings) {
    if (low.find(meaning.words) == std::string::npos)
      continue;
    error.kind = meaning.kind;
    if (meaning.kind == ErrorKind::NoSpace)
      error.message = message_of(remote, line_with(exit.errors, meaning.words));
    error.hint = std::string(meaning.hint);
    error.retry = meaning.kind == ErrorKind::Timeout ? Retry::Temporary : Retry::Permanent;
    break;
  }
  return error;
}

}  // namespace backstay::runtime
