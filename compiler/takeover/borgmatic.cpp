// borgmatic's configuration (torsion.org/borgmatic/docs/reference/configuration, versions 1.5
// to 2.0), key by key.
#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include "compiler/takeover/borgmatic_patterns.hpp"
#include "compiler/takeover/script_commands.hpp"
#include "compiler/takeover/takeover.hpp"
#include "compiler/takeover/tree_yaml.hpp"
#include "lang/base/printable.hpp"

namespace backstay::compiler {
namespace {

constexpr std::array<std::string_view, 7> kSections = {
    "location", "storage", "retention", "consistency", "output", "hooks", "greeting"};

/// Words of a retention that a policy has under another name.
const std::map<std::string, std::string, std::less<>>& keep_words() {
  static const std::map<std::string, std::string, std::less<>> words = {{"keep_hourly", "hourly"},
                                                                        {"keep_daily", "daily"},
                                                                        {"keep_weekly", "weekly"},
                                                                        {"keep_monthly", "monthly"},
                                                                        {"keep_yearly", "yearly"}};
  return words;
}

/// Keys whose meaning a policy has no word for, or has by itself, and what to say of each.
const std::map<std::string, std::pair<NoteKind, std::string>, std::less<>>& told_keys() {
  static const std::map<std::string, std::pair<NoteKind, std::string>, std::less<>> keys = {
      {"compression", {NoteKind::Taken, "the store compresses by itself"}},
      {"source_directories_must_exist",
       {NoteKind::Taken, "a path that is missing always fails, unless it is `optional`"}},
      {"checks",
       {NoteKind::Taken,
        "every run verifies what it wrote; `backstay verify --level 2` reads all"}},
      {"check_last", {NoteKind::Taken, "see `checks`"}},
      {"archive_name_format", {NoteKind::Taken, "snapshots have names of their own"}},
      {"encryption_passcommand",
       {NoteKind::NotTaken,
        "encryption is by key here: `key` with age recipients, `seal` at the target"}},
      {"one_file_system",
       {NoteKind::NotTaken, "mounts below a path are taken, too: leave them out with `except`"}},
      {"exclude_caches",
       {NoteKind::NotTaken, "caches are not known by their mark: leave them out by path"}},
      {"exclude_if_present",
       {NoteKind::NotTaken,
        "directories are not left out by a file in them: leave them out by path"}},
      {"exclude_from",
       {NoteKind::NotTaken, "its patterns stand in another file: say them as `except`"}},
      {"patterns",
       {NoteKind::NotTaken,
        "say them as `path`, `except` and `keep`: here they are a set, there "
        "the first match won"}},
      {"patterns_from", {NoteKind::NotTaken, "its patterns stand in another file"}},
      {"ssh_command", {NoteKind::NotTaken, "the target's `login` names the key"}},
      {"mongodb_databases",
       {NoteKind::NotTaken,
        "MongoDB is not dumped by a profile: `export NAME run [\"mongodump\", …]`"}},
      {"keep_within", {NoteKind::NotTaken, "say it as `all-for DURATION`"}},
      {"keep_minutely", {NoteKind::NotTaken, "the finest rule here is `hourly`"}},
      {"keep_secondly", {NoteKind::NotTaken, "the finest rule here is `hourly`"}},
      {"keep_13weekly", {NoteKind::NotTaken, "say it as `quarterly`"}},
      {"keep_3monthly", {NoteKind::NotTaken, "say it as `quarterly`"}},
  };
  return keys;
}

bool is_hook(std::string_view key) {
  return key.starts_with("before_") || key.starts_with("after_") || key == "on_error" ||
         key == "commands";
}

bool is_monitoring(std::string_view key) {
  static constexpr std::array<std::string_view, 14> kKeys = {
      "ntfy", "pushover", "zabbix",      "apprise", "cronitor", "pagerduty", "cronhub",
      "loki", "sentry",   "uptime_kuma", "logging", "log_file", "log_json",  "watchgoose"};
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
}

bool is_secret(std::string_view key) {
  return key.find("passphrase") != std::string_view::npos ||
         key.find("password") != std::string_view::npos;
}

bool is_address(std::string_view text) {
  return text.size() < 254 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '-' || c == ':';
         });
}

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  constexpr std::size_t kLongest = 4'096;
  for (std::size_t at = text.find(what); at != std::string::npos && text.size() < kLongest;
       at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

// Puts `constants` in wherever `{NAME}` stands. What stays unknown are values of the environment,
// `${NAME}`, and constants that are no plain values.
void put_constants_in(YamlNode& node, const std::map<std::string, const YamlNode*>& constants) {
  if (node.kind == YamlNode::Kind::Scalar) {
    for (const auto& [name, value] : constants) {
      replace_all(node.text, "{" + name + "}",
                  value->kind == YamlNode::Kind::Scalar ? value->text : std::string(1, kUnknown));
    }
    for (std::size_t at = node.text.find("${"); at != std::string::npos;
         at = node.text.find("${", at + 1)) {
      if (at == 0 || node.text[at - 1] != '\\') {
        node.text[at] = kUnknown;
      }
    }
  }
  for (YamlNode& item : node.items) {
    put_constants_in(item, constants);
  }
  for (auto& [key, value] : node.fields) {
    put_constants_in(value, constants);
  }
}

bool is_unknown(const YamlNode& node) {
  return node.text.find(kUnknown) != std::string::npos;
}

class BorgmaticReader {
 public:
  explicit BorgmaticReader(Takeover& takeover) : takeover_(takeover) {}

  void read(const YamlNode& root) {
    for (const auto& [key, value] : root.fields) {
      const bool section = std::find(kSections.begin(), kSections.end(), key) != kSections.end();
      if (section && value.kind == YamlNode::Kind::Map) {
        read(value);
      } else {
        read_key(key, value);
      }
    }
  }

 private:
  void note(const YamlNode& at, NoteKind kind, std::string text) {
    takeover_.note(at.line, kind, std::move(text));
  }

  void read_key(const std::string& key, const YamlNode& value) {
    if (!value.tag.empty()) {
      note(value, NoteKind::NotUnderstood, "it is included from another file, which was not read");
      return;
    }
    if (key == "constants") {
      note(value, NoteKind::Taken, "`constants`: each value stands where its name stood");
    } else if (is_list(key) && value.kind != YamlNode::Kind::Sequence) {
      if (value.kind != YamlNode::Kind::Null) {
        note(value, NoteKind::NotUnderstood, fmt::format("`{}` is no list", key));
      }
    } else if (key == "source_directories") {
      read_sources(value);
    } else if (key == "repositories") {
      read_repositories(value);
    } else if (key == "exclude_patterns") {
      excludes_ = &value;
    } else if (keep_words().contains(key)) {
      read_keep(keep_words().find(key)->second, value);
    } else if (key == "mysql_databases" || key == "mariadb_databases") {
      read_databases(TakeoverServer::Mariadb, value);
    } else if (key == "postgresql_databases") {
      read_databases(TakeoverServer::Postgresql, value);
    } else if (key == "sqlite_databases") {
      read_sqlite(value);
    } else if (key == "healthchecks") {
      takeover_.healthcheck = true;
      note(value, NoteKind::Secret,
           "the URL that is called was not copied: whoever has it can say that all is well");
    } else {
      read_other(key, value);
    }
  }

  static bool is_list(std::string_view key) {
    static constexpr std::array<std::string_view, 7> kLists = {
        "source_directories",   "repositories",     "exclude_patterns", "mysql_databases",
        "postgresql_databases", "sqlite_databases", "mariadb_databases"};
    return std::find(kLists.begin(), kLists.end(), key) != kLists.end();
  }

  void read_other(const std::string& key, const YamlNode& value) {
    if (const auto told = told_keys().find(key); told != told_keys().end()) {
      note(value, told->second.first, fmt::format("`{}`: {}", key, told->second.second));
    } else if (is_hook(key)) {
      note(value, NoteKind::NotTaken,
           fmt::format(
               "`{}` runs a shell. Here a command is a list of words, and `after-backup` runs "
               "whenever `before-backup` has: `before-backup [\"PROGRAM\", \"ARGUMENT\"]`",
               key));
    } else if (is_monitoring(key)) {
      note(value, NoteKind::NotTaken,
           fmt::format("`{}`: say it as `notify` with `webhook`, `command` or `mail`", key));
    } else if (is_secret(key)) {
      note(value, NoteKind::Secret,
           "a passphrase stands here; it was not copied. Backups are sealed by key "
           "here: `key` with age recipients, `seal` at the target");
    } else {
      const bool tellable = key.size() <= 40 && std::all_of(key.begin(), key.end(), [](char c) {
                              return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                            });
      note(value, NoteKind::NotUnderstood,
           tellable ? fmt::format("`{}` is not known here", key) : "a key that is not known here");
    }
  }

  void read_sources(const YamlNode& value) {
    for (const YamlNode& item : value.items) {
      ShellWord word{item.text, item.text.find_first_of("*?[") != std::string::npos};
      std::string path = script_path(word);
      if (path.empty()) {
        note(item, NoteKind::NotUnderstood,
             is_unknown(item) ? "a source with a variable in it whose value is not known here"
                              : "a source that is no absolute path");
        continue;
      }
      if (word.glob) {
        path = path.substr(0, path.find_first_of("*?["));
        path = path.substr(0, path.rfind('/'));
        note(item, NoteKind::Taken, "a pattern of names: the whole directory above it is taken");
      }
      takeover_.paths.push_back(path.empty() ? "/" : path);
    }
  }

  void read_repositories(const YamlNode& value) {
    for (const YamlNode& item : value.items) {
      const YamlNode* path = item.kind == YamlNode::Kind::Map ? item.field("path") : &item;
      if (path == nullptr || path->kind != YamlNode::Kind::Scalar) {
        note(item, NoteKind::NotUnderstood, "a repository without a path");
        continue;
      }
      for (const auto& [key, option] : item.fields) {
        if (key != "path" && key != "label") {
          note(option, NoteKind::NotTaken,
               "an option of a repository: what may be done with copies is decided at the target");
        }
      }
      const std::string local = script_path({path->text});
      if (!local.empty()) {
        takeover_.directory = takeover_.directory.empty() ? local : takeover_.directory;
        note(item, NoteKind::NotTaken,
             "a Borg repository on this machine: it stays as it is, and a new store is made beside "
             "it");
      } else {
        note(item, NoteKind::NotTaken,
             "a Borg repository on another machine: say it as a `target` with `rsync`, `rclone` or "
             "`restic`");
        has_remote_ = true;
      }
    }
  }

  void read_keep(const std::string& word, const YamlNode& value) {
    std::int64_t count = 0;
    const char* end = value.text.data() + value.text.size();
    const bool number =
        std::from_chars(value.text.data(), end, count).ptr == end && !value.text.empty();
    if (!number || count < 0 || count > 100'000) {
      note(value, NoteKind::NotUnderstood,
           fmt::format("`keep_{}` is no number from 0 to 100000", word));
    } else if (count > 0) {
      takeover_.keep.emplace_back(word, count);
    }
  }

  void read_databases(TakeoverServer kind, const YamlNode& value) {
    for (const YamlNode& item : value.items) {
      const YamlNode* name = item.field("name");
      const YamlNode* host = item.field("hostname");
      if ((name != nullptr && is_unknown(*name)) || (host != nullptr && is_unknown(*host))) {
        note(item, NoteKind::NotUnderstood,
             "a database with a variable in it whose value is not known here");
        continue;
      }
      if (name == nullptr || name->text.empty() ||
          lang::printable(name->text, true) != name->text) {
        note(item, NoteKind::NotUnderstood, "a database without a name");
        continue;
      }
      std::string address = host == nullptr || host->text == "localhost" ? "" : host->text;
      if (!is_address(address)) {
        note(*host, NoteKind::NotUnderstood,
             "a `hostname` that is none: name the server in the policy");
        address.clear();
      }
      const std::int64_t port = port_of(kind, item.field("port"), address);
      auto found = std::find_if(
          takeover_.databases.begin(), takeover_.databases.end(), [&](const auto& each) {
            return each.kind == kind && each.address == address && each.port == port;
          });
      if (found == takeover_.databases.end()) {
        takeover_.databases.push_back({.kind = kind, .address = address, .port = port});
        found = std::prev(takeover_.databases.end());
      }
      read_database(item, *name, *found);
    }
  }

  // 0: the usual one.
  std::int64_t port_of(TakeoverServer kind, const YamlNode* said, const std::string& address) {
    if (said == nullptr) {
      return 0;
    }
    std::int64_t port = 0;
    const char* end = said->text.data() + said->text.size();
    const bool number =
        std::from_chars(said->text.data(), end, port).ptr == end && port >= 1 && port <= 65'535;
    if (!number || address.empty()) {
      note(*said, NoteKind::NotTaken,
           number
               ? "a port of this machine's own server, which is reached by its socket here: else "
                 "say `address` and `port`"
               : "a port that is none: say it in the policy");
      return 0;
    }
    return port == (kind == TakeoverServer::Mariadb ? 3306 : 5432) ? 0 : port;
  }

  void read_database(const YamlNode& item, const YamlNode& name, TakeoverDatabases& into) {
    if (name.text == "all") {
      into.all = true;
      note(item, NoteKind::Taken,
           "`all` is every database that no other service names; the server's own "
           "accounts are kept as statements");
    } else {
      take_database(takeover_, into, item.line, name.text);
    }
    for (const auto& [key, value] : item.fields) {
      if (is_secret(key)) {
        into.has_login = true;
        note(value, NoteKind::Secret,
             "a password stands here; it was not copied: put it into the file of "
             "the secret that the policy names");
      } else if (key == "username") {
        into.has_login = true;
      } else if (key != "name" && key != "hostname" && key != "port") {
        note(value, NoteKind::NotTaken,
             "an option of this database: how it is dumped is decided here");
      }
    }
  }

  void read_sqlite(const YamlNode& value) {
    for (const YamlNode& item : value.items) {
      const YamlNode* path = item.field("path");
      const std::string file = path == nullptr ? "" : script_path({path->text});
      if (file.empty()) {
        note(item, NoteKind::NotUnderstood, "a SQLite database without an absolute path");
      } else {
        takeover_.sqlite_files.push_back(file);
      }
      for (const auto& [key, option] : item.fields) {
        if (key != "path" && key != "name" && key != "label") {
          note(option, NoteKind::NotTaken,
               "an option of this database: how it is dumped is decided here");
        }
      }
    }
  }

 public:
  /// What can be told only after all keys.
  void finish() {
    if (excludes_ != nullptr) {
      for (const YamlNode& item : excludes_->items) {
        read_exclude_pattern(item.line, item.text, takeover_);
      }
    }
    if (takeover_.keep.empty()) {
      takeover_.note(0, NoteKind::Unsafe,
                     "no `keep_…`: nothing is ever removed, until the disk is full");
    }
    if (!has_remote_) {
      takeover_.note(0, NoteKind::Unsafe, "no repository is on another machine");
    }
    takeover_.note(
        0, NoteKind::Unsafe,
        "a restore is a list of commands that somebody has to know, and nothing practises it: "
        "`backstay drill` does");
  }

 private:
  Takeover& takeover_;
  const YamlNode* excludes_ = nullptr;
  bool has_remote_ = false;
};

}  // namespace

Result<Takeover> read_borgmatic(const std::string& name, std::string_view text) {
  if (text.size() > kLargestTakeover) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = fmt::format("{} is larger than {} KiB", name, kLargestTakeover >> 10U)};
  }
  BACKSTAY_ASSIGN(YamlNode root, read_yaml_tree(name, text));
  if (root.kind != YamlNode::Kind::Map) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = name + " is no configuration of borgmatic: it is no block of keys"};
  }
  std::map<std::string, const YamlNode*> constants;
  const YamlNode* named = root.field("constants");
  const YamlNode values = named == nullptr ? YamlNode{} : *named;
  for (const auto& [key, value] : values.fields) {
    constants.emplace(key, &value);
  }
  put_constants_in(root, constants);
  Takeover takeover{.source = name};
  BorgmaticReader reader(takeover);
  reader.read(root);
  drop_empty_servers(takeover);
  reader.finish();
  return takeover;
}

}  // namespace backstay::compiler
