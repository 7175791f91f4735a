#include "cli/survey/survey.hpp"

#include <set>

#include "runtime/system/environment.hpp"

namespace backstay::cli {
namespace {

constexpr std::size_t kLargestFile = 1U << 20U;

// Value of `KEY=value` or `KEY="value"` in os-release(5).
std::string release_value(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.starts_with(key) && line.size() > key.size() && line[key.size()] == '=') {
      line.remove_prefix(key.size() + 1);
      std::string value(line);
      std::erase(value, '"');
      return value;
    }
  }
  return "";
}

std::string first_word(const std::string& text) {
  return text.substr(0, text.find_first_of(" \t\r\n."));
}

void survey_names(const RootView& root, compiler::HostFacts& facts) {
  if (facts.root.empty()) {
    facts.host = runtime::host_name();
  } else if (const auto name = root.read("/etc/hostname", 4096)) {
    facts.host = first_word(*name);
  }
  facts.host = facts.host.empty() ? "here" : facts.host;
  if (const auto release = root.read("/etc/os-release", kLargestFile)) {
    facts.os_id = release_value(*release, "ID");
    facts.os_like = release_value(*release, "ID_LIKE");
  }
  constexpr std::string_view kZones = "zoneinfo/";
  const std::string link = root.link_of("/etc/localtime");
  if (const auto at = link.find(kZones); at != std::string::npos) {
    facts.zone = link.substr(at + kZones.size());
  }
}

// Every path that a profile knows, and those that the draft names by itself.
void survey_paths(const RootView& root,
                  const std::vector<compiler::LibraryProfile>& profiles,
                  compiler::HostFacts& facts) {
  std::set<std::string> asked = {"/etc",
                                 "/home",
                                 "/opt",
                                 "/root",
                                 "/srv",
                                 "/usr/local",
                                 "/var/www",
                                 "/var/spool/cron/crontabs",
                                 "/usr/bin/dpkg-query",
                                 "/var/lib/dpkg/status",
                                 "/var/lib/rpm",
                                 "/usr/bin/rpm",
                                 "/etc/kolla/all-in-one",
                                 "/etc/kolla/multinode"};
  for (const compiler::LibraryProfile& profile : profiles) {
    for (const compiler::PathFact& path : profile.service.paths) {
      asked.insert(path.path.value);
    }
    for (const compiler::SqliteFact& file : profile.service.sqlites) {
      asked.insert(file.path.value);
    }
  }
  for (const std::string& path : asked) {
    if (const auto type = root.type(path)) {
      const bool directory = *type == SeenType::Directory;
      const bool holds_nothing = directory && root.list(path, 1).empty();
      const bool may_be_empty = path.starts_with("/etc") || path.starts_with("/var/l");
      if (!holds_nothing || may_be_empty) {
        facts.paths[path] = {.directory = directory, .link = root.link_of(path)};
      }
    }
  }
}

}  // namespace

Result<compiler::HostFacts> survey_host(const std::string& where,
                                        const std::vector<compiler::LibraryProfile>& profiles) {
  BACKSTAY_ASSIGN(const RootView root, RootView::open(where));
  compiler::HostFacts facts;
  facts.root = where == "/" ? "" : where;
  survey_names(root, facts);
  survey_paths(root, profiles, facts);
  survey_units(root, facts);
  survey_connections(root, facts);
  survey_state(root, facts);
  survey_servers(root, facts);
  return facts;
}

}  // namespace backstay::cli
