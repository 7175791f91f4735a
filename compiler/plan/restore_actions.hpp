// The steps that bring a snapshot back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/plan/shared_actions.hpp"

namespace backstay::plan {

/// Every byte that is needed is present and intact, tools fit, there is space, places may be used.
struct CheckSnapshot {
  static constexpr std::string_view kind = "check-snapshot";
  std::string target;

  static void fields(auto& self, auto&& visit) { visit("target", self.target); }

  friend bool operator==(const CheckSnapshot&, const CheckSnapshot&) = default;
};

/// Keeps what is about to be overwritten.
struct KeepCurrent {
  static constexpr std::string_view kind = "keep-current";
  std::string target;

  static void fields(auto& self, auto&& visit) { visit("target", self.target); }

  friend bool operator==(const KeepCurrent&, const KeepCurrent&) = default;
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

/// Roles first, then the databases of one server.
struct RestorePostgresql {
  static constexpr std::string_view kind = "restore-postgresql";
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

  friend bool operator==(const RestorePostgresql&, const RestorePostgresql&) = default;
};

/// The data files of a server, whole.
struct RestoreMariadbPhysical {
  static constexpr std::string_view kind = "restore-mariadb-physical";
  std::string server;
  std::string component;
  std::string accounts_component;

  static void fields(auto& self, auto&& visit) {
    visit("accounts-component", self.accounts_component);
    visit("component", self.component);
    visit("server", self.server);
  }

  friend bool operator==(const RestoreMariadbPhysical&, const RestoreMariadbPhysical&) = default;
};

/// Reads an export back.
struct FeedCommand {
  static constexpr std::string_view kind = "feed-command";
  std::string component;
  std::vector<std::string> command;  ///< reads it on stdin; empty: it is read back by hand

  static void fields(auto& self, auto&& visit) {
    visit("command", self.command);
    visit("component", self.component);
  }

  friend bool operator==(const FeedCommand&, const FeedCommand&) = default;
};

/// The probes of a service after its start.
struct CheckService {
  static constexpr std::string_view kind = "check-service";
  std::string service;
  std::vector<Probe> checks;

  static void fields(auto& self, auto&& visit) {
    visit("checks", self.checks);
    visit("service", self.service);
  }

  friend bool operator==(const CheckService&, const CheckService&) = default;
};

/// Writes the report and says what is left to do by hand.
struct FinishRestore {
  static constexpr std::string_view kind = "finish-restore";

  static void fields(auto& /*self*/, auto&& /*visit*/) {}

  friend bool operator==(const FinishRestore&, const FinishRestore&) = default;
};

}  // namespace backstay::plan
