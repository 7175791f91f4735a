// The plan: all that a run may do. The runtime executes a plan and never sees policy source.
//
// Canonical: the same policy gives the same plan, in any order, layout or split into files. No time
// stamps, no machine paths, no random ids, no secrets, no file names or lines of sources.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/plan/actions.hpp"
#include "lang/base/units.hpp"

namespace backstay::plan {

/// The schema that this version writes; it reads this one only.
inline constexpr int kPlanSchema = 1;
/// The edition of the language that this version knows.
inline constexpr int kLanguageEdition = 1;

struct Parameter {
  std::string name;
  std::string value;  ///< as written in the policy or given by --set, canonical form

  static void fields(auto& self, auto&& visit) {
    visit("name", self.name);
    visit("value", self.value);
  }

  friend bool operator==(const Parameter&, const Parameter&) = default;
};

struct Host {
  std::string name;
  std::string site;     ///< may be empty
  std::string address;  ///< may be empty

  static void fields(auto& self, auto&& visit) {
    visit("address", self.address);
    visit("name", self.name);
    visit("site", self.site);
  }

  friend bool operator==(const Host&, const Host&) = default;
};

/// A probe after a restore.
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

/// A unit that a restore leaves stopped.
struct HeldUnits {
  std::vector<std::string> units;
  std::string because;

  static void fields(auto& self, auto&& visit) {
    visit("because", self.because);
    visit("units", self.units);
  }

  friend bool operator==(const HeldUnits&, const HeldUnits&) = default;
};

/// What a reader of the plan must know of a service beyond its steps. A restore prints the units to
/// stop before and to start after it, dependents last, and the probes to run.
struct Service {
  std::string name;
  std::vector<std::string> hosts;  ///< sorted
  std::vector<std::string> needs;  ///< sorted
  std::vector<std::string> units;  ///< in starting order, with suffix
  std::vector<HeldUnits> held;
  std::vector<Probe> checks;
  bool external = false;            ///< somebody else's; only ordered
  std::string unprotected_because;  ///< not empty: on purpose not backed up

  static void fields(auto& self, auto&& visit) {
    visit("checks", self.checks);
    visit("external", self.external);
    visit("held", self.held);
    visit("hosts", self.hosts);
    visit("name", self.name);
    visit("needs", self.needs);
    visit("units", self.units);
    visit("unprotected-because", self.unprotected_because);
  }

  friend bool operator==(const Service&, const Service&) = default;
};

/// A database server. The login is a reference to a file, never its content.
struct Server {
  std::string name;
  std::string kind;  ///< `mariadb`
  std::string host;
  std::string socket;  ///< absolute path; or empty with address and port
  std::string address;
  std::int64_t port = 0;
  std::string
      login_file;  ///< option file that mariadb-dump and mariadb read; may be empty: peer login
  std::string datadir;
  std::vector<std::string> units;

  static void fields(auto& self, auto&& visit) {
    visit("address", self.address);
    visit("datadir", self.datadir);
    visit("host", self.host);
    visit("kind", self.kind);
    visit("login-file", self.login_file);
    visit("name", self.name);
    visit("port", self.port);
    visit("socket", self.socket);
    visit("units", self.units);
  }

  friend bool operator==(const Server&, const Server&) = default;
};

struct Target {
  std::string name;
  std::string kind;   ///< `directory`
  std::string path;   ///< absolute
  std::string host;   ///< empty: on each covered host
  std::string media;  ///< may be empty
  std::string site;   ///< may be empty

  static void fields(auto& self, auto&& visit) {
    visit("host", self.host);
    visit("kind", self.kind);
    visit("media", self.media);
    visit("name", self.name);
    visit("path", self.path);
    visit("site", self.site);
  }

  friend bool operator==(const Target&, const Target&) = default;
};

struct Schedule {
  std::string name;
  std::string rule;    ///< canonical: `every day at 02:30`
  std::string window;  ///< canonical duration or empty
  std::string jitter;

  static void fields(auto& self, auto&& visit) {
    visit("jitter", self.jitter);
    visit("name", self.name);
    visit("rule", self.rule);
    visit("window", self.window);
  }

  friend bool operator==(const Schedule&, const Schedule&) = default;
};

/// A count of 0 means that the rule is not there.
struct Retention {
  std::string name;
  std::int64_t last = 0, hourly = 0, daily = 0, weekly = 0, monthly = 0, quarterly = 0, yearly = 0;
  std::string all_for = {};   ///< canonical duration or empty
  std::int64_t at_least = 3;  ///< never below 1

  static void fields(auto& self, auto&& visit) {
    visit("all-for", self.all_for);
    visit("at-least", self.at_least);
    visit("daily", self.daily);
    visit("hourly", self.hourly);
    visit("last", self.last);
    visit("monthly", self.monthly);
    visit("name", self.name);
    visit("quarterly", self.quarterly);
    visit("weekly", self.weekly);
    visit("yearly", self.yearly);
  }

  friend bool operator==(const Retention&, const Retention&) = default;
};

/// One step of a graph.
struct Step {
  std::string id;  ///< readable, stable, unique in its graph: `archive.nova.etc@ctl01`
  std::string host;
  std::vector<std::string> after;  ///< ids in the same graph; sorted
  std::string from;      ///< the declaration that asked for it: `service nova: path /etc/nova`
  bool always = false;   ///< runs even when what it follows failed
  bool required = true;  ///< false: its failure leaves the run partial, not failed
  Duration timeout;      ///< 0: none
  Action action;

  /// All but the action, whose kind and fields the YAML puts under `kind` and `with`.
  static void fields(auto& self, auto&& visit) {
    visit("after", self.after);
    visit("always", self.always);
    visit("from", self.from);
    visit("host", self.host);
    visit("id", self.id);
    visit("required", self.required);
    visit("timeout", self.timeout);
  }

  friend bool operator==(const Step&, const Step&) = default;
};

/// One backup: what is run when, and the two graphs. `restore` is the exact reverse of the data
/// steps of `backup`.
struct Backup {
  std::string name;
  std::string schedule;  ///< name, or empty: only by hand
  std::string target;
  std::string retention;
  std::vector<std::string> services;  ///< covered ones, sorted
  std::vector<std::string> hosts;     ///< sorted
  std::vector<Step> backup;           ///< in canonical topological order
  std::vector<Step> restore;          ///< in canonical topological order

  static void fields(auto& self, auto&& visit) {
    visit("backup", self.backup);
    visit("hosts", self.hosts);
    visit("name", self.name);
    visit("restore", self.restore);
    visit("retention", self.retention);
    visit("schedule", self.schedule);
    visit("services", self.services);
    visit("target", self.target);
  }

  friend bool operator==(const Backup&, const Backup&) = default;
};

/// A promise of the policy and what the compiler says of it.
struct Promise {
  std::string subject;  ///< `service nova`
  std::string promise;  ///< `rpo 26h`
  std::string verdict;  ///< `proven`, `broken`, `unproven`

  static void fields(auto& self, auto&& visit) {
    visit("promise", self.promise);
    visit("subject", self.subject);
    visit("verdict", self.verdict);
  }

  friend bool operator==(const Promise&, const Promise&) = default;
};

struct Plan {
  std::string policy;
  std::string zone;                   ///< IANA name; empty without a schedule
  std::vector<Parameter> parameters;  ///< all lists here are sorted by name
  std::vector<Host> hosts;
  std::vector<Service> services;  ///< in starting order: what is needed first
  std::vector<Server> servers;
  std::vector<Target> targets;
  std::vector<Schedule> schedules;
  std::vector<Retention> retentions;
  std::vector<Promise> promises;
  std::vector<Backup> backups;

  static void fields(auto& self, auto&& visit) {
    visit("backups", self.backups);
    visit("hosts", self.hosts);
    visit("parameters", self.parameters);
    visit("policy", self.policy);
    visit("promises", self.promises);
    visit("retentions", self.retentions);
    visit("schedules", self.schedules);
    visit("servers", self.servers);
    visit("services", self.services);
    visit("targets", self.targets);
    visit("zone", self.zone);
  }

  [[nodiscard]] const Service* service(const std::string& name) const;
  [[nodiscard]] const Retention* retention(const std::string& name) const;
  [[nodiscard]] const Schedule* schedule(const std::string& name) const;
  [[nodiscard]] const Server* server(const std::string& name) const;
  [[nodiscard]] const Target* target(const std::string& name) const;
  [[nodiscard]] const Backup* backup(const std::string& name) const;

  friend bool operator==(const Plan&, const Plan&) = default;
};

}  // namespace backstay::plan
