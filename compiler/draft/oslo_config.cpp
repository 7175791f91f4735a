#include "compiler/draft/oslo_config.hpp"

#include <algorithm>
#include <charconv>

namespace backstay::compiler {
namespace {

constexpr std::string_view kBlanks = " \t\r";

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool is_plain(std::string_view text, std::string_view also) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           also.find(c) != std::string_view::npos;
  });
}

// `host`, `host:3306`, `[::1]:3306`; false where it is none.
bool read_address(std::string_view text, SeenConnection& into) {
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) {
      return false;
    }
    port = text.substr(close + 1);
    text = text.substr(1, close - 1);
    if (!is_plain(text, ":.")) {
      return false;
    }
  } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    port = text.substr(colon);
    text = text.substr(0, colon);
  }
  if (!port.empty()) {
    port.remove_prefix(1);
    const auto end = port.data() + port.size();
    if (std::from_chars(port.data(), end, into.port).ptr != end || into.port < 1 ||
        into.port > 65535) {
      return false;
    }
  }
  into.host = std::string(text);
  return is_plain(text, "._-:");
}

}  // namespace

std::optional<SeenConnection> parse_connection(std::string_view url) {
  SeenConnection seen;
  const auto mark = url.find("://");
  if (mark == std::string_view::npos || !is_plain(url.substr(0, mark), "+_.-")) {
    return std::nullopt;
  }
  seen.scheme = std::string(url.substr(0, mark));
  url.remove_prefix(mark + 3);
  if (seen.scheme.starts_with("sqlite")) {  // three slashes: relative, four: absolute
    seen.database = std::string(url.substr(0, url.find('?')));
    if (!seen.database.starts_with("//")) {
      return std::nullopt;
    }
    seen.database.erase(0, 1);
    return seen;
  }
  // Why the last `@`: a password may hold `@`, `/` and `?` where somebody did not escape them.
  if (const auto at = url.rfind('@'); at != std::string_view::npos) {
    seen.has_password = url.substr(0, at).find(':') != std::string_view::npos;
    url.remove_prefix(at + 1);
  }
  url = url.substr(0, url.find('?'));
  const auto slash = url.find('/');
  if (slash == std::string_view::npos || !read_address(url.substr(0, slash), seen)) {
    return std::nullopt;
  }
  const std::string_view database = url.substr(slash + 1);
  if (database.empty() || database.size() > 64 || !is_plain(database, "_$-")) {
    return std::nullopt;
  }
  seen.database = std::string(database);
  return seen;
}

std::vector<SeenConnection> oslo_connections(const std::string& file,
                                             std::string_view text,
                                             std::vector<std::size_t>& unread) {
  std::vector<SeenConnection> found;
  std::string section = "DEFAULT";
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.starts_with('[') && line.ends_with(']')) {
      section = std::string(line.substr(1, line.size() - 2));
      continue;
    }
    const auto equals = line.find('=');
    const std::string_view key = trim(line.substr(0, equals));
    if (equals == std::string_view::npos || (key != "connection" && key != "sql_connection")) {
      continue;
    }
    const std::string_view value = trim(line.substr(equals + 1));
    auto seen = parse_connection(value);
    if (seen) {
      seen->file = file;
      seen->line = number;
      seen->section = section;
      found.push_back(std::move(*seen));
    } else if (!value.empty()) {
      unread.push_back(number);
    }
  }
  return found;
}

}  // namespace backstay::compiler
