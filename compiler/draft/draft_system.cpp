// Services of a drafted policy that no profile knows: those with SQLite files, and the system
// itself.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "compiler/draft/draft_parts.hpp"

namespace backstay::compiler {
namespace {

constexpr std::string_view kState = "/var/lib/";

bool is_kept(const DraftParts& parts, const std::string& path) {
  return std::any_of(parts.kept.begin(), parts.kept.end(), [&](const std::string& kept) {
    return lies_in(path, kept) || lies_in(kept, path);
  });
}

std::string directory_of(const std::string& file) {
  const auto end = file.find('/', kState.size());
  return file.substr(0, end);
}

// Paths below /etc that others keep, the outermost only.
std::set<std::string> kept_elsewhere(const DraftParts& parts) {
  std::set<std::string> outermost;
  std::vector<std::string> sorted = parts.kept;
  std::sort(sorted.begin(), sorted.end());
  for (const std::string& path : sorted) {
    if (path.starts_with("/etc/") &&
        std::none_of(outermost.begin(), outermost.end(),
                     [&](const std::string& outer) { return lies_in(path, outer); })) {
      outermost.insert(path);
    }
  }
  return outermost;
}

void write_not_taken(PolicyText& text, const DraftParts& parts) {
  const HostFacts& facts = *parts.facts;
  for (const char* path : {"/home", "/opt", "/root", "/srv", "/usr/local", "/var/www"}) {
    if (has_path(facts, path) && !is_kept(parts, path)) {
      const std::string name = std::string(path).substr(std::string(path).rfind('/') + 1);
      text.disabled(fmt::format("path {} as {}", path, name));
    }
  }
  for (const std::string& directory : facts.state_directories) {
    const std::string unit = unit_of_directory(facts, directory);
    if (!unit.empty() && !is_kept(parts, directory)) {
      text.disabled(fmt::format("path {} as {}  (of unit {})", path_literal(directory),
                                declaration_name(directory.substr(kState.size())), unit));
    }
  }
  for (const std::string& file : facts.sqlite_files) {
    if (!is_kept(parts, file)) {
      text.disabled(fmt::format("sqlite {}", path_literal(file)));
    }
  }
}

}  // namespace

std::string unit_of_directory(const HostFacts& facts, const std::string& directory) {
  const std::string name = directory.substr(kState.size());
  for (const std::string& unit : {name + ".service", name + "-server.service"}) {
    if (const auto seen = facts.units.find(unit);
        seen != facts.units.end() && seen->second.enabled) {
      return unit;
    }
  }
  return "";
}

std::vector<SqliteService> sqlite_services(const DraftParts& parts) {
  std::vector<SqliteService> found;
  for (const std::string& file : parts.facts->sqlite_files) {
    if (!file.starts_with(kState) || is_kept(parts, file)) {
      continue;
    }
    const std::string directory = directory_of(file);
    const std::string unit = unit_of_directory(*parts.facts, directory);
    if (unit.empty() || directory == file) {
      continue;
    }
    if (found.empty() || found.back().directory != directory) {
      found.push_back({.directory = directory, .unit = unit, .files = {}});
    }
    found.back().files.push_back(file);
  }
  return found;
}

void write_sqlite_services(PolicyText& text, DraftParts& parts) {
  for (const SqliteService& each : parts.sqlite_services) {
    const std::string plain = declaration_name(each.directory.substr(kState.size()));
    const bool taken =
        std::find(parts.services.begin(), parts.services.end(), plain) != parts.services.end() ||
        plain == "system";
    const std::string name = taken ? plain + "-state" : plain;
    text.blank();
    text.describe(fmt::format(
        "No profile of the library knows it. Seen: {} (enabled) and {} SQLite file{} in {}. Leave "
        "out "
        "what it can make again: `except … because …`.",
        each.unit, each.files.size(), each.files.size() == 1 ? "" : "s", each.directory));
    text.open("service " + name);
    text.line("on " + parts.host);
    text.line("path " + path_literal(each.directory) + " as state may-change may-vanish");
    write_sqlite_files(text, each.files, {each.directory});
    text.line("units " + each.unit.substr(0, each.unit.rfind('.')));
    text.close();
    parts.services.push_back(name);
    parts.kept.push_back(each.directory);
  }
}

void write_system(PolicyText& text, DraftParts& parts) {
  const HostFacts& facts = *parts.facts;
  text.blank();
  text.describe(
      "The configuration of the machine itself: users, network, units, and every service that none "
      "of the above keeps. With keys and passwords: keep the store as safe as /etc.");
  text.open("service system");
  text.line("on " + parts.host);
  text.line("path /etc as etc may-change may-vanish");
  for (const std::string& path : kept_elsewhere(parts)) {
    text.line("except " + path_literal(path) + " because \"kept with its service\"");
  }
  if (has_path(facts, "/var/spool/cron/crontabs")) {
    text.line("path /var/spool/cron/crontabs as crontabs optional may-change may-vanish");
  }
  if (has_path(facts, "/usr/bin/dpkg-query") && has_path(facts, "/var/lib/dpkg/status")) {
    text.comment(
        "which packages are installed, for the day of a blank machine; read by you, not by a "
        "restore");
    text.line("export packages run [\"dpkg-query\", \"--show\"]");
  } else if (has_path(facts, "/usr/bin/rpm") && has_path(facts, "/var/lib/rpm")) {
    text.comment(
        "which packages are installed, for the day of a blank machine; read by you, not by a "
        "restore");
    text.line("export packages run [\"rpm\", \"--query\", \"--all\"]");
  }
  text.comment("Seen, and not taken: only you know what is in it.");
  write_not_taken(text, parts);
  text.close();
  parts.services.emplace_back("system");
}

}  // namespace backstay::compiler
