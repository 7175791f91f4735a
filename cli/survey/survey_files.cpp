// What a machine's files say of databases: connections of the services, SQLite files in /var/lib.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "cli/survey/survey.hpp"
#include "compiler/draft/oslo_config.hpp"

namespace backstay::cli {
namespace {

constexpr std::size_t kLargestConfig = 1U << 20U;
constexpr std::size_t kMostNames = 2'000;
constexpr int kDepth = 3;  ///< below /var/lib
constexpr std::size_t kMostFiles = 20'000;

// State of the system itself, of containers, and of what has a place of its own in a policy.
constexpr std::array<std::string_view, 24> kNotServices = {
    "apt",     "backstay",        "containerd", "containers", "dhcp",      "docker",
    "dpkg",    "initramfs-tools", "logrotate",  "lxcfs",      "machines",  "man-db",
    "misc",    "mysql",           "pam",        "polkit-1",   "portables", "postgresql",
    "private", "python",          "snapd",      "systemd",    "ucf",       "urandom"};

void read_config(const RootView& root,
                 const std::string& file,
                 std::vector<compiler::OsloFile>& files,
                 compiler::HostFacts& facts) {
  if (auto text = root.read(file, kLargestConfig)) {
    files.push_back({file, std::move(*text)});
  } else {
    facts.not_seen.push_back(to_string(text.error()));
  }
}

/// `nova.conf`, and behind it `nova.conf.d`: one configuration.
void read_directory(const RootView& root,
                    const std::string& directory,
                    compiler::HostFacts& facts) {
  if (!root.may_list(directory)) {
    facts.not_seen.push_back(
        fmt::format("`{}` cannot be listed: which databases it names is not known", directory));
    return;
  }
  std::map<std::string, std::vector<compiler::OsloFile>> configurations;
  for (const std::string& name : root.list(directory, kMostNames)) {
    const std::string path = directory + "/" + name;
    if (name.ends_with(".conf") && root.type(path) == SeenType::File) {
      read_config(root, path, configurations[path], facts);
    }
  }
  for (const std::string& name : root.list(directory, kMostNames)) {
    const std::string path = directory + "/" + name;
    if (name.ends_with(".conf.d") && root.type(path) == SeenType::Directory) {
      for (const std::string& more : root.list(path, kMostNames)) {
        if (more.ends_with(".conf")) {
          read_config(root, path + "/" + more, configurations[path.substr(0, path.size() - 2)],
                      facts);
        }
      }
    }
  }
  for (const auto& [name, files] : configurations) {
    for (auto& seen : compiler::oslo_connections(files, facts.not_seen)) {
      facts.connections.push_back(std::move(seen));
    }
  }
}

/// Counts what it looks at: /var/lib of a machine may hold millions of files.
struct SqliteSearch {
  const RootView& root;
  compiler::HostFacts& facts;
  std::size_t looked_at = 0;

  [[nodiscard]] bool is_sqlite(const std::string& path) const {
    // https://www.sqlite.org/fileformat.html, 1.3
    return root.first_bytes(path, 16) == std::string_view("SQLite format 3\0", 16);
  }

  void look(const std::string& directory, int depth) {
    for (const std::string& name : root.list(directory, kMostNames)) {
      if (++looked_at > kMostFiles) {
        return;
      }
      const std::string path = directory + "/" + name;
      if (!root.link_of(path).empty()) {
        continue;
      }
      const auto type = root.type(path);
      if (type == SeenType::File && is_sqlite(path)) {
        facts.sqlite_files.push_back(path);
      } else if (type == SeenType::Directory && depth > 1) {
        look(path, depth - 1);
      }
    }
  }
};

}  // namespace

void survey_connections(const RootView& root, compiler::HostFacts& facts) {
  std::set<std::string> directories;
  for (const auto& [path, seen] : facts.paths) {
    if (path.starts_with("/etc/") && seen.directory) {
      directories.insert(path);
    }
  }
  for (const std::string& directory : directories) {
    read_directory(root, directory, facts);
  }
}

void survey_state(const RootView& root, compiler::HostFacts& facts) {
  SqliteSearch search{.root = root, .facts = facts};
  for (const std::string& name : root.list("/var/lib", kMostNames)) {
    const std::string path = "/var/lib/" + name;
    const bool passed_over =
        std::find(kNotServices.begin(), kNotServices.end(), name) != kNotServices.end();
    if (passed_over || !root.link_of(path).empty() || root.type(path) != SeenType::Directory) {
      continue;
    }
    if (!root.may_list(path)) {
      facts.not_seen.push_back(fmt::format("`{}` cannot be listed", path));
      continue;
    }
    if (!root.list(path, 1).empty()) {
      facts.state_directories.push_back(path);
      search.look(path, kDepth);
    }
  }
  if (search.looked_at > kMostFiles) {
    facts.not_seen.push_back(
        fmt::format("SQLite files in /var/lib beyond the first {} files", kMostFiles));
  }
}

}  // namespace backstay::cli
