#include "runtime/target/receive_protocol.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"

namespace backstay::runtime {
namespace {

struct Verb {
  std::string_view name;
  std::size_t names;  // 0: none; 1: ID; 3: ID POLICY HOST
};

constexpr std::array kVerbs = {Verb{"hello", 0},     Verb{"init", 0},    Verb{"list", 0},
                               Verb{"manifests", 0}, Verb{"prepare", 3}, Verb{"prove", 3},
                               Verb{"commit", 3},    Verb{"get", 1},     Verb{"removed", 0},
                               Verb{"remove", 3},    Verb{"reclaim", 3}, Verb{"bring-back", 3},
                               Verb{"receipts", 0}};

constexpr std::string_view kError = "error ";

// In the order of ErrorKind.
constexpr std::array<std::string_view, 14> kKinds = {
    "usage",        "bad-input", "refused",      "not-found",   "io",
    "no-space",     "busy",      "tool-missing", "tool-failed", "credentials",
    "verification", "partial",   "interrupted",  "timeout"};

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (true) {
    const std::size_t blank = text.find(' ');
    words.emplace_back(text.substr(0, blank));
    if (blank == std::string_view::npos)
      return words;
    text.remove_prefix(blank + 1);
  }
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty()
             ? std::optional(number)
             : std::nullopt;
}

Error broken(const std::string& what) {
  return {.kind = ErrorKind::BadInput, .message = "the far side sent " + what};
}

Result<std::string> take_paper(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const auto size = end == std::string_view::npos ? std::nullopt : number_of(text.substr(0, end));
  if (!size || text.size() - end - 1 < *size)
    return broken("papers that are cut short");
  std::string paper(text.substr(end + 1, *size));
  text.remove_prefix(end + 1 + *size);
  return paper;
}

Error error_of(std::string_view reply) {
  const std::size_t line = reply.find('\n');
  std::string_view head = reply.substr(kError.size(), line - kError.size());
  Error error{.kind = ErrorKind::ToolFailed, .message = {}};
  for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
    if (kKinds[kind] == head)
      error.kind = static_cast<ErrorKind>(kind);
  }
  const auto lines = lines_of(reply.substr(line + 1));
  if (!lines.empty())
    error.message = "the far side says: " + lines[0];
  if (lines.size() > 2)
    error.hint = lines[1];
  return error;
}

}  // namespace

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string to_text(const ReceiveCommand& command) {
  std::string text = fmt::format("{} {} {}", kReceiveWord, kReceiveVersion, command.verb);
  for (const std::string* word :
       {&command.copy.snapshot, &command.copy.policy, &command.copy.host}) {
    if (!word->empty())
      text += " " + *word;
  }
  return text;
}

std::optional<ReceiveCommand> parse_receive_command(std::string_view text) {
  const auto words = words_of(text);
  constexpr std::size_t kBefore = 3;
  if (words.size() < kBefore || words[0] != kReceiveWord || words[1] != kReceiveVersion)
    return std::nullopt;
  const auto verb = std::find_if(kVerbs.begin(), kVerbs.end(),
                                 [&](const Verb& one) { return one.name == words[2]; });
  if (verb == kVerbs.end() || words.size() != kBefore + verb->names)
    return std::nullopt;
  for (std::size_t at = kBefore; at < words.size(); ++at) {
    if (!layout::is_plain_name(words[at]))
      return std::nullopt;
  }
  ReceiveCommand command{.verb = words[2]};
  if (verb->names > 0)
    command.copy.snapshot = words[kBefore];
  if (verb->names > 1) {
    command.copy.policy = words[kBefore + 1];
    command.copy.host = words[kBefore + 2];
  }
  return command;
}

std::string to_lines(const std::vector<Artefact>& artefacts) {
  std::string text;
  for (const Artefact& one : artefacts)
    text += fmt::format("{} {} {}\n", to_hex(one.sha256), one.size, one.path);
  return text;
}

Result<std::vector<Artefact>> parse_artefacts(std::string_view lines) {
  std::vector<Artefact> artefacts;
  for (const std::string& line : lines_of(lines)) {
    const std::size_t first = line.find(' ');
    const std::size_t second = first == std::string::npos ? first : line.find(' ', first + 1);
    if (second == std::string::npos)
      return broken("a list that makes no sense");
    const auto digest = parse_digest(line.substr(0, first));
    const auto size = number_of(std::string_view(line).substr(first + 1, second - first - 1));
    if (!digest || !size || !is_copy_path(std::string_view(line).substr(second + 1)))
      return broken("a list that makes no sense");
    artefacts.push_back({.path = line.substr(second + 1), .sha256 = *digest, .size = *size});
  }
  return artefacts;
}

std::string to_text_of_papers(std::string_view sums, std::string_view manifest) {
  return fmt::format("{}\n{}{}\n{}", sums.size(), sums, manifest.size(), manifest);
}

Result<ClosingPapers> parse_papers(std::string_view text) {
  ClosingPapers papers;
  BACKSTAY_ASSIGN(papers.sums, take_paper(text));
  BACKSTAY_ASSIGN(papers.manifest, take_paper(text));
  if (!text.empty())
    return broken("more than two papers");
  return papers;
}

std::string to_reply(const Error& error) {
  const auto kind = static_cast<std::size_t>(error.kind);
  return fmt::format("{}{}\n{}\n{}\n{}", kError, kKinds.at(kind), one_line(to_string(error)),
                     one_line(error.hint), kEndLine);
}

Result<std::string> parse_reply(std::string_view reply) {
  while (reply.starts_with(kBeatLine))
    reply.remove_prefix(kBeatLine.size());
  const bool ok = reply.starts_with(kOkLine);
  if (!ok && !reply.starts_with(kError))
    return broken("no reply of Backstay");
  const bool whole = reply.ends_with(kEndLine) && reply.size() > kEndLine.size() &&
                     reply[reply.size() - kEndLine.size() - 1] == '\n';
  if (!whole) {
    return Error{.kind = ErrorKind::Io,
                 .message = "the reply of the far side is cut short",
                 .retry = Retry::Temporary};
  }
  if (!ok)
    return error_of(reply);
  std::string body;
  for (const std::string& line :
       lines_of(reply.substr(kOkLine.size(), reply.size() - kOkLine.size() - kEndLine.size()))) {
    if (line + "\n" != kBeatLine && line != "ok")
      body += line + "\n";
    else if (line == "ok")
      return broken("two replies");
  }
  return body;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos)
      break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace backstay::runtime
