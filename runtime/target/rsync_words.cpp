#include "runtime/target/rsync_words.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/store/layout.hpp"

namespace backstay::runtime {
namespace {

constexpr std::string_view kPlace = "incoming/";

bool only(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

// `-Rpe.LsfxCIvu`: what is asked for, then what the sender's rsync can do. No `s` before the `e`:
// it would bring further arguments by another way.
bool is_short_options(std::string_view word) {
  const std::size_t e = word.find('e');
  if (!word.starts_with("-") || word.starts_with("--") || e == std::string_view::npos)
    return false;
  const std::string_view abilities = word.substr(e + 1);
  return only(word.substr(1, e - 1), "Rpdv") && abilities.starts_with(".") &&
         only(abilities.substr(1), "iLsfxCIvu");
}

bool is_long_option(std::string_view word) {
  constexpr std::string_view kTimeout = "--timeout=";
  if (word.starts_with(kTimeout))
    return word.size() > kTimeout.size() && word.size() <= kTimeout.size() + 4 &&
           only(word.substr(kTimeout.size()), "0123456789");
  return word == "--partial-dir" || word == kPartialDirectory || word == "--no-implied-dirs" ||
         word == "--stats" || word == "--log-format=X" || word == "--log-format=%i" ||
         word == "--dirs" || word == "--mkpath";
}

}  // namespace

std::vector<std::string> rsync_sender_options(int timeout_seconds) {
  return {"--relative",
          "--no-implied-dirs",
          "--perms",
          "--chmod=D0700,F0600",
          fmt::format("--partial-dir={}", kPartialDirectory),
          fmt::format("--timeout={}", timeout_seconds),
          "--stats",
          "--info=progress2",
          "--no-human-readable"};
}

std::string rsync_place(const IncomingCopy& copy) {
  return fmt::format("{}{}/{}/{}", kPlace, copy.policy, copy.host, copy.snapshot);
}

std::optional<RsyncServerWords> parse_rsync_server(std::string_view command) {
  std::vector<std::string> words;
  while (!command.empty()) {
    const std::size_t blank = command.find(' ');
    words.emplace_back(command.substr(0, blank));
    command.remove_prefix(blank == std::string_view::npos ? command.size() : blank + 1);
  }
  constexpr std::size_t kFewest = 5;  // rsync --server -OPTIONS . PLACE
  if (words.size() < kFewest || words[0] != "rsync" || words[1] != "--server" ||
      !is_short_options(words[2]) || words[words.size() - 2] != ".")
    return std::nullopt;
  RsyncServerWords found{.options = {words[1], words[2]}, .copy = {}};
  for (std::size_t at = 3; at < words.size() - 2; ++at) {
    if (!is_long_option(words[at]))
      return std::nullopt;
    found.options.push_back(words[at]);
  }
  // `incoming/POLICY/HOST/ID`
  std::string place = words.back();
  if (place.ends_with('/'))
    place.pop_back();
  const std::size_t host = place.find('/', kPlace.size());
  const std::size_t id = host == std::string::npos ? host : place.find('/', host + 1);
  if (!place.starts_with(kPlace) || id == std::string::npos)
    return std::nullopt;
  found.copy.policy = place.substr(kPlace.size(), host - kPlace.size());
  found.copy.host = place.substr(host + 1, id - host - 1);
  found.copy.snapshot = place.substr(id + 1);
  const bool plain = layout::is_plain_name(found.copy.policy) &&
                     layout::is_plain_name(found.copy.host) &&
                     layout::is_plain_name(found.copy.snapshot);
  return plain ? std::optional(std::move(found)) : std::nullopt;
}

}  // namespace backstay::runtime
