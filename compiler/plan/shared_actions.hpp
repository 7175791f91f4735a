// What steps of several graphs are made of, and the steps that stand in both: hooks and units.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/plan/field.hpp"
#include "lang/base/units.hpp"

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

/// A probe after a restore, repeated until it is accepted or its time is over.
struct Probe {
  std::vector<std::string> command;   ///< argument vector, no shell
  std::vector<std::int64_t> accepts;  ///< exit codes; {0} unless said
  Duration within;                    ///< 30s unless said

  static void fields(auto& self, auto&& visit) {
    visit("accepts", self.accepts);
    visit("command", self.command);
    visit("within", self.within);
  }

  friend bool operator==(const Probe&, const Probe&) = default;
};

/// A hook of a service.
struct RunCommand {
  static constexpr std::string_view kind = "run-command";
  std::string service;
  std::string moment;                 ///< `before-backup`, `after-backup`, `before-restore` …
  std::vector<std::string> command;   ///< argument vector, no shell
  std::vector<std::int64_t> accepts;  ///< exit codes; {0} unless said

  static void fields(auto& self, auto&& visit) {
    visit("accepts", self.accepts);
    visit("command", self.command);
    visit("moment", self.moment);
    visit("service", self.service);
  }

  friend bool operator==(const RunCommand&, const RunCommand&) = default;
};

/// Stops units, and remembers which of them were active.
struct StopUnits {
  static constexpr std::string_view kind = "stop-units";
  std::string service;
  std::vector<std::string> units;  ///< in stopping order

  static void fields(auto& self, auto&& visit) {
    visit("service", self.service);
    visit("units", self.units);
  }

  friend bool operator==(const StopUnits&, const StopUnits&) = default;
};

/// Starts those units that were active before they were stopped; with `restart`, starts a server's
/// units anew whose configuration was restored.
struct StartUnits {
  static constexpr std::string_view kind = "start-units";
  std::string service;             ///< empty with `restart`
  std::string server;              ///< of `restart`: name in Plan::servers
  std::vector<std::string> units;  ///< in starting order; held ones are not among them
  bool restart = false;

  static void fields(auto& self, auto&& visit) {
    visit(sparse("restart"), self.restart);
    visit(sparse("server"), self.server);
    visit(sparse("service"), self.service);
    visit("units", self.units);
  }

  friend bool operator==(const StartUnits&, const StartUnits&) = default;
};

}  // namespace backstay::plan
