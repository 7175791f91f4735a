// The steps that make a snapshot and what follows it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/plan/shared_actions.hpp"

namespace backstay::plan {

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

/// Databases of one PostgreSQL server, each at an instant of its own, and its roles.
struct DumpPostgresql {
  static constexpr std::string_view kind = "dump-postgresql";
  std::string server;                        ///< name in Plan::servers
  std::vector<DatabaseComponent> databases;  ///< sorted by database
  std::string all_component;                 ///< component of `database all`; empty: none asked for
  std::vector<std::string> all_except;       ///< databases that `all` leaves out
  std::string accounts_component;            ///< `metrics-db.accounts`: roles and tablespaces

  static void fields(auto& self, auto&& visit) {
    visit("accounts-component", self.accounts_component);
    visit("all-component", self.all_component);
    visit("all-except", self.all_except);
    visit("databases", self.databases);
    visit("server", self.server);
  }

  friend bool operator==(const DumpPostgresql&, const DumpPostgresql&) = default;
};

/// The data files of a server with `method physical`, whole.
struct DumpMariadbPhysical {
  static constexpr std::string_view kind = "dump-mariadb-physical";
  std::string server;
  std::string component;           ///< `control-db.data`
  std::string accounts_component;  ///< `control-db.accounts`

  static void fields(auto& self, auto&& visit) {
    visit("accounts-component", self.accounts_component);
    visit("component", self.component);
    visit("server", self.server);
  }

  friend bool operator==(const DumpMariadbPhysical&, const DumpMariadbPhysical&) = default;
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

/// What a command prints, as an artefact.
struct CaptureOutput {
  static constexpr std::string_view kind = "capture-output";
  std::string component;
  std::vector<std::string> command;  ///< argument vector; only exit 0 is accepted

  static void fields(auto& self, auto&& visit) {
    visit("command", self.command);
    visit("component", self.component);
  }

  friend bool operator==(const CaptureOutput&, const CaptureOutput&) = default;
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

/// The newest verified snapshot of a target, copied to another one and proven there.
struct CopySnapshot {
  static constexpr std::string_view kind = "copy-snapshot";
  std::string source;  ///< target that it is read from
  std::string target;  ///< target that it is added to

  static void fields(auto& self, auto&& visit) {
    visit("source", self.source);
    visit("target", self.target);
  }

  friend bool operator==(const CopySnapshot&, const CopySnapshot&) = default;
};

/// One current copy of a tree, without history: add-only, removals after a grace.
struct MirrorTree {
  static constexpr std::string_view kind = "mirror-tree";
  std::string service;
  std::string path;
  std::string target;

  static void fields(auto& self, auto&& visit) {
    visit("path", self.path);
    visit("service", self.service);
    visit("target", self.target);
  }

  friend bool operator==(const MirrorTree&, const MirrorTree&) = default;
};

/// A copy of files on other hosts, below /var/lib/backstay/replicas/SERVICE/ there.
struct ReplicateFiles {
  static constexpr std::string_view kind = "replicate-files";
  std::string service;
  std::string path;
  std::string group;
  std::vector<std::string> hosts;  ///< the group's, sorted

  static void fields(auto& self, auto&& visit) {
    visit("group", self.group);
    visit("hosts", self.hosts);
    visit("path", self.path);
    visit("service", self.service);
  }

  friend bool operator==(const ReplicateFiles&, const ReplicateFiles&) = default;
};

/// Removes the points that the retention does not keep.
struct PruneTarget {
  static constexpr std::string_view kind = "prune-target";
  std::string target;
  std::string retention;

  static void fields(auto& self, auto&& visit) {
    visit("retention", self.retention);
    visit("target", self.target);
  }

  friend bool operator==(const PruneTarget&, const PruneTarget&) = default;
};

}  // namespace backstay::plan
