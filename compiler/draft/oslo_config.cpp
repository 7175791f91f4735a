#include "compiler/draft/oslo_config.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

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

int hex_value(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

/// `%2Frun` is `/run`.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool escape = text[at] == '%' && at + 2 < text.size() && hex_value(text[at + 1]) >= 0 &&
                        hex_value(text[at + 2]) >= 0;
    plain += escape ? static_cast<char>(hex_value(text[at + 1]) * 16 + hex_value(text[at + 2]))
                    : text[at];
    at += escape ? 2 : 0;
  }
  return plain;
}

/// Where the server is may stand behind the `?`; all else there may be a secret, and is passed
/// over.
bool read_query(std::string_view query, SeenConnection& into) {
  while (!query.empty()) {
    const std::string_view one = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), one.size() + 1));
    const std::string_view key = one.substr(0, one.find('='));
    if (key != "unix_socket" && key != "host") {
      continue;
    }
    const std::string value = unescaped(one.substr(std::min(one.size(), key.size() + 1)));
    if (value.starts_with('/')) {
      if (!is_plain(value, "/._-")) {
        return false;
      }
      into.socket = value;
      into.host.clear();
    } else if (key == "unix_socket" || !read_address(value, into)) {
      return false;
    }
  }
  return true;
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
  const auto question = url.find('?');
  const auto query =
      question == std::string_view::npos ? std::string_view() : url.substr(question + 1);
  url = url.substr(0, question);
  const auto slash = url.find('/');
  if (slash == std::string_view::npos || !read_address(url.substr(0, slash), seen)) {
    return std::nullopt;
  }
  const std::string_view database = url.substr(slash + 1);
  if (database.empty() || database.size() > 64 || !is_plain(database, "_$-") ||
      !read_query(query, seen)) {
    return std::nullopt;
  }
  seen.database = std::string(database);
  return seen;
}

namespace {

/// An option that was set, and where.
struct Setting {
  std::string file;
  std::size_t line = 0;
  std::string value = {};
};

/// By section and name; the last one holds.
using Settings = std::map<std::pair<std::string, std::string>, Setting>;

/// oslo.config's rules for a file (its iniparser): `NAME = VALUE` or `NAME: VALUE`, and a line that
/// begins with a blank goes on with the value before it.
void read_settings(const OsloFile& file, Settings& settings) {
  std::string section = "DEFAULT";
  Setting* current = nullptr;
  std::string_view text = file.text;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const std::string_view whole = text.substr(0, end);
    const std::string_view line = trim(whole);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.starts_with('#') || line.starts_with(';')) {
      current = line.empty() ? nullptr : current;
    } else if (current != nullptr && kBlanks.find(whole.front()) != std::string_view::npos) {
      current->value += (current->value.empty() ? "" : "\n") + std::string(line);
    } else if (line.starts_with('[') && line.ends_with(']')) {
      section = std::string(line.substr(1, line.size() - 2));
      current = nullptr;
    } else if (const auto mark = line.find_first_of("=:"); mark != std::string_view::npos) {
      current = &settings[{section, std::string(trim(line.substr(0, mark)))}];
      *current = {
          .file = file.name, .line = number, .value = std::string(trim(line.substr(mark + 1)))};
    }
  }
}

std::string unquoted(const std::string& value) {
  const bool quoted = value.size() > 1 && value.front() == value.back() &&
                      (value.front() == '"' || value.front() == '\'');
  return quoted ? value.substr(1, value.size() - 2) : value;
}

const Setting* find_setting(const Settings& settings,
                            const std::string& section,
                            std::string_view name) {
  const auto dot = name.find('.');
  const std::string group(dot == std::string_view::npos ? section : name.substr(0, dot));
  const std::string option(dot == std::string_view::npos ? name : name.substr(dot + 1));
  for (const std::string& where : {group, std::string("DEFAULT")}) {
    if (const auto found = settings.find({where, option}); found != settings.end()) {
      return &found->second;
    }
  }
  return nullptr;
}

/// Puts `$NAME`, `${NAME}` and `$SECTION.NAME` in; what is not set stays as it is written.
std::string substituted(const Settings& settings,
                        const std::string& section,
                        const std::string& value,
                        int depth = 0) {
  constexpr int kDeepest = 8;
  constexpr std::size_t kLongest = 8'192;
  std::string text;
  for (std::size_t at = 0; at < value.size() && text.size() < kLongest;) {
    const std::size_t begin = at + 1 + (value.compare(at, 2, "${") == 0 ? 1 : 0);
    std::size_t end = begin;
    while (end < value.size() && is_plain(value.substr(end, 1), "_.")) {
      ++end;
    }
    const auto* setting = value[at] == '$' && end > begin && depth < kDeepest
                              ? find_setting(settings, section, value.substr(begin, end - begin))
                              : nullptr;
    if (setting == nullptr) {
      at += value.compare(at, 2, "$$") == 0 ? 1 : 0;
      text += value[at++];
      continue;
    }
    text += substituted(settings, section, unquoted(setting->value), depth + 1);
    at = end + (begin == at + 2 && end < value.size() ? 1 : 0);
  }
  return text;
}

bool names_a_database(const std::string& section, const std::string& option) {
  return option == "connection" || option == "sql_connection" ||
         option == "persistence_connection" ||       // Octavia's job board
         (section == "indexer" && option == "url");  // Gnocchi
}

}  // namespace

std::vector<SeenConnection> oslo_connections(const std::vector<OsloFile>& files,
                                             std::vector<std::string>& unread) {
  Settings settings;
  for (const OsloFile& file : files) {
    read_settings(file, settings);
  }
  std::vector<SeenConnection> found;
  for (const auto& [name, setting] : settings) {
    const std::string value = unquoted(setting.value);
    if (!names_a_database(name.first, name.second) || value.empty()) {
      continue;
    }
    auto seen = parse_connection(substituted(settings, name.first, value));
    if (!seen) {
      unread.push_back(fmt::format("{}:{}: a `{}` that is no plain database URL", setting.file,
                                   setting.line, name.second));
      continue;
    }
    seen->file = setting.file;
    seen->line = setting.line;
    seen->section = name.first;
    found.push_back(std::move(*seen));
  }
  std::sort(found.begin(), found.end(), [](const SeenConnection& a, const SeenConnection& b) {
    return std::tie(a.file, a.line) < std::tie(b.file, b.line);
  });
  return found;
}

}  // namespace backstay::compiler
