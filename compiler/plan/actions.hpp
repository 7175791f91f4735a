// All step kinds of a plan: a closed set, one struct each.
//
// A struct names its kind and walks its fields once, in fields(); the text, the YAML, the digest
// and the diff of a plan are made from that walk alone, so a new kind needs no code in any of them.
// The runtime has one execute() and one preview() for each; a forgotten one does not compile.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace backstay::plan {

/// One database of a server and the component that it is kept as.
struct DatabaseComponent {
  std::string component;  ///< `nova.nova_api`
  std::string database;   ///< name on the server

  static void fields(auto& self, auto&& visit) {
    visit("component", self.component);
    visit("database", self.database);
  }

  friend bool operator==(const DatabaseComponent&, const DatabaseComponent&) = default;
};

/// `except` or `keep`: a pattern over absolute paths (language.md, section 4) and its reason.
struct PathRule {
  std::string pattern;  ///< `*` and `?` within a segment, `**` for any number of segments
  std::string because;  ///< may be empty for a `keep`

  static void fields(auto& self, auto&& visit) {
    visit("because", self.because);
    visit("pattern", self.pattern);
  }

  friend bool operator==(const PathRule&, const PathRule&) = default;
};

// --- backup -------------------------------------------------------------------------------------

/// Looks before anything is done: sources, servers, tools, target.
struct CheckSources {
  static constexpr std::string_view kind = "check-sources";
  std::vector<std::string> paths;           ///< must exist and be readable
  std::vector<std::string> optional_paths;  ///< may be absent
  std::vector<std::string> servers;         ///< must answer; names of Plan::servers
  std::vector<std::string> sqlite;          ///< must be SQLite files
  std::string target;                       ///< must be the store that was registered

  static void fields(auto& self, auto&& visit) {
    visit("optional-paths", self.optional_paths);
    visit("paths", self.paths);
    visit("servers", self.servers);
    visit("sqlite", self.sqlite);
    visit("target", self.target);
  }

  friend bool operator==(const CheckSources&, const CheckSources&) = default;
};

/// All databases of one server at one instant, and its accounts.
struct DumpMariadb {
  static constexpr std::string_view kind = "dump-mariadb";
  std::string server;                        ///< name in Plan::servers
  std::vector<DatabaseComponent> databases;  ///< sorted by database
  std::string all_component;                 ///< component of `database all`; empty: none asked for
  std::vector<std::string> all_except;       ///< databases that `all` leaves out
  std::string accounts_component;            ///< `control-db.accounts`

  static void fields(auto& self, auto&& visit) {
    visit("accounts-component", self.accounts_component);
    visit("all-component", self.all_component);
    visit("all-except", self.all_except);
    visit("databases", self.databases);
    visit("server", self.server);
  }

  friend bool operator==(const DumpMariadb&, const DumpMariadb&) = default;
};

/// A SQLite file by its online backup.
struct CopySqlite {
  static constexpr std::string_view kind = "copy-sqlite";
  std::string component;
  std::string path;  ///< absolute

  static void fields(auto& self, auto&& visit) {
    visit("component", self.component);
    visit("path", self.path);
  }

  friend bool operator==(const CopySqlite&, const CopySqlite&) = default;
};

/// A tree or file. Selected is what lies under `path` and no `except` matches or a `keep` does.
struct ArchiveFiles {
  static constexpr std::string_view kind = "archive-files";
  std::string component;
  std::string path;              ///< absolute, normalised
  std::vector<PathRule> except;  ///< those that can match below `path`; sorted by pattern
  std::vector<PathRule> keep;    ///< likewise
  bool optional = false;         ///< may be absent
  bool may_change = false;       ///< a file that changes while it is read does not fail the step
  bool may_vanish = false;       ///< nor does one that is gone

  static void fields(auto& self, auto&& visit) {
    visit("component", self.component);
    visit("except", self.except);
    visit("keep", self.keep);
    visit("may-change", self.may_change);
    visit("may-vanish", self.may_vanish);
    visit("optional", self.optional);
    visit("path", self.path);
  }

  friend bool operator==(const ArchiveFiles&, const ArchiveFiles&) = default;
};

/// Reads everything back, then makes the snapshot visible.
struct CommitSnapshot {
  static constexpr std::string_view kind = "commit-snapshot";
  std::string target;

  static void fields(auto& self, auto&& visit) { visit("target", self.target); }

  friend bool operator==(const CommitSnapshot&, const CommitSnapshot&) = default;
};

/// Verifies the committed snapshot and leaves a record of it.
struct VerifySnapshot {
  static constexpr std::string_view kind = "verify-snapshot";
  std::string target;
  int level = 1;  ///< 0 … 2, store.md section 5

  static void fields(auto& self, auto&& visit) {
    visit("level", self.level);
    visit("target", self.target);
  }

  friend bool operator==(const VerifySnapshot&, const VerifySnapshot&) = default;
};

// --- restore ------------------------------------------------------------------------------------

/// Every byte that is needed is present and intact, tools fit, there is space, places may be used.
struct CheckSnapshot {
  static constexpr std::string_view kind = "check-snapshot";
  std::string target;

  static void fields(auto& self, auto&& visit) { visit("target", self.target); }

  friend bool operator==(const CheckSnapshot&, const CheckSnapshot&) = default;
};

/// The tree or file of an archive-files step.
struct RestoreFiles {
  static constexpr std::string_view kind = "restore-files";
  std::string component;
  std::string path;
  std::vector<PathRule> except;  ///< as in the backup: what they match is left alone where it lives
  std::vector<PathRule> keep;
  bool optional = false;  ///< may be absent from the snapshot

  static void fields(auto& self, auto&& visit) {
    visit("component", self.component);
    visit("except", self.except);
    visit("keep", self.keep);
    visit("optional", self.optional);
    visit("path", self.path);
  }

  friend bool operator==(const RestoreFiles&, const RestoreFiles&) = default;
};

/// A SQLite file.
struct RestoreSqlite {
  static constexpr std::string_view kind = "restore-sqlite";
  std::string component;
  std::string path;

  static void fields(auto& self, auto&& visit) {
    visit("component", self.component);
    visit("path", self.path);
  }

  friend bool operator==(const RestoreSqlite&, const RestoreSqlite&) = default;
};

/// Accounts first, then the databases of one server.
struct RestoreMariadb {
  static constexpr std::string_view kind = "restore-mariadb";
  std::string server;
  std::vector<DatabaseComponent> databases;
  std::string all_component;
  std::string accounts_component;

  static void fields(auto& self, auto&& visit) {
    visit("accounts-component", self.accounts_component);
    visit("all-component", self.all_component);
    visit("databases", self.databases);
    visit("server", self.server);
  }

  friend bool operator==(const RestoreMariadb&, const RestoreMariadb&) = default;
};

/// Writes the report and says what is left to do by hand.
struct FinishRestore {
  static constexpr std::string_view kind = "finish-restore";

  static void fields(auto& /*self*/, auto&& /*visit*/) {}

  friend bool operator==(const FinishRestore&, const FinishRestore&) = default;
};

using Action = std::variant<CheckSources,
                            DumpMariadb,
                            CopySqlite,
                            ArchiveFiles,
                            CommitSnapshot,
                            VerifySnapshot,
                            CheckSnapshot,
                            RestoreFiles,
                            RestoreSqlite,
                            RestoreMariadb,
                            FinishRestore>;

[[nodiscard]] constexpr std::string_view kind_of(const Action& action) {
  return std::visit([](const auto& step) { return std::decay_t<decltype(step)>::kind; }, action);
}

}  // namespace backstay::plan
