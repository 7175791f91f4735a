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
#include "compiler/plan/declarations.hpp"
#include "lang/base/units.hpp"

namespace backstay::plan {

/// The schema that this version writes; it reads this one only.
inline constexpr int kPlanSchema = 1;
/// The edition of the language that this version knows.
inline constexpr int kLanguageEdition = 1;

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
  std::string undoes = {};       ///< id of the step that it puts right: it runs iff that one began
  std::string source_host = {};  ///< of a drill: whose snapshot it reads, where not its own host's

  /// All but the action, whose kind and fields the YAML puts under `kind` and `with`.
  static void fields(auto& self, auto&& visit) {
    visit("after", self.after);
    visit("always", self.always);
    visit("from", self.from);
    visit("host", self.host);
    visit("id", self.id);
    visit("required", self.required);
    visit(sparse("source-host"), self.source_host);
    visit("timeout", self.timeout);
    visit(sparse("undoes"), self.undoes);
  }

  friend bool operator==(const Step&, const Step&) = default;
};

/// A further target of a backup.
struct Copy {
  std::string target;
  std::string retention;
  std::string schedule = {};     ///< empty: with every run, as steps of the backup's own graph
  std::string lag = {};          ///< canonical duration: how long it takes until it is there
  std::vector<Step> steps = {};  ///< with a schedule of its own: what copies the newest snapshot

  static void fields(auto& self, auto&& visit) {
    visit(sparse("lag"), self.lag);
    visit("retention", self.retention);
    visit(sparse("schedule"), self.schedule);
    visit(sparse("steps"), self.steps);
    visit("target", self.target);
  }

  friend bool operator==(const Copy&, const Copy&) = default;
};

/// One backup: what is run when, and the two graphs. The data steps of `restore` are those of
/// `backup` in the exact reverse order.
struct Backup {
  std::string name;
  std::string schedule;  ///< name, or empty: only by hand
  std::string target;
  std::string retention;
  std::vector<std::string> services;  ///< covered ones, sorted
  std::vector<std::string> hosts;     ///< sorted
  std::vector<Step> backup;           ///< in canonical topological order
  std::vector<Step> restore;          ///< in canonical topological order
  std::vector<Copy> copies = {};      ///< sorted by target
  Duration deadline = {};             ///< of a whole run; 0: none
  std::string compression = {};       ///< `fast`, or empty: standard
  std::int64_t concurrency = 0;       ///< steps at once; 0: as many as the tool thinks fit
  std::string notify = {};            ///< name in Plan::notifies
  std::string run_on = {};            ///< host whose timer runs it on all; empty: each its own

  static void fields(auto& self, auto&& visit) {
    visit("backup", self.backup);
    visit(sparse("compression"), self.compression);
    visit(sparse("concurrency"), self.concurrency);
    visit(sparse("copies"), self.copies);
    visit(sparse("deadline"), self.deadline);
    visit("hosts", self.hosts);
    visit("name", self.name);
    visit(sparse("notify"), self.notify);
    visit("restore", self.restore);
    visit("retention", self.retention);
    visit(sparse("run-on"), self.run_on);
    visit("schedule", self.schedule);
    visit("services", self.services);
    visit("target", self.target);
  }

  friend bool operator==(const Backup&, const Backup&) = default;
};

/// A restore into a sandbox, and what must be found there.
struct Drill {
  std::string name;
  std::string schedule;               ///< may be empty: only by hand
  std::string target;                 ///< read from
  std::vector<std::string> services;  ///< sorted
  std::vector<Step> steps;            ///< in canonical topological order
  Duration deadline = {};             ///< 0: none
  std::string notify = {};

  static void fields(auto& self, auto&& visit) {
    visit(sparse("deadline"), self.deadline);
    visit("name", self.name);
    visit(sparse("notify"), self.notify);
    visit("schedule", self.schedule);
    visit("services", self.services);
    visit("steps", self.steps);
    visit("target", self.target);
  }

  friend bool operator==(const Drill&, const Drill&) = default;
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
  std::vector<Drill> drills = {};
  std::vector<Site> sites = {};      ///< those that are part of another one
  std::vector<Secret> secrets = {};  ///< those that something here names
  std::vector<Key> keys = {};
  std::vector<Notify> notifies = {};
  std::vector<Moved> moved = {};               ///< sorted by kind, old name
  std::vector<Suppression> suppressions = {};  ///< sorted by code, kind, name
  std::string inventory = {};  ///< of Ansible: a path, absolute or beside the plan's policy

  static void fields(auto& self, auto&& visit) {
    visit("backups", self.backups);
    visit(sparse("drills"), self.drills);
    visit("hosts", self.hosts);
    visit(sparse("inventory"), self.inventory);
    visit(sparse("keys"), self.keys);
    visit(sparse("moved"), self.moved);
    visit(sparse("notifies"), self.notifies);
    visit("parameters", self.parameters);
    visit("policy", self.policy);
    visit("promises", self.promises);
    visit("retentions", self.retentions);
    visit("schedules", self.schedules);
    visit(sparse("secrets"), self.secrets);
    visit("servers", self.servers);
    visit("services", self.services);
    visit(sparse("sites"), self.sites);
    visit(sparse("suppressions"), self.suppressions);
    visit("targets", self.targets);
    visit("zone", self.zone);
  }

  [[nodiscard]] const Service* service(const std::string& name) const;
  [[nodiscard]] const Retention* retention(const std::string& name) const;
  [[nodiscard]] const Schedule* schedule(const std::string& name) const;
  [[nodiscard]] const Server* server(const std::string& name) const;
  [[nodiscard]] const Target* target(const std::string& name) const;
  [[nodiscard]] const Backup* backup(const std::string& name) const;
  [[nodiscard]] const Drill* drill(const std::string& name) const;
  [[nodiscard]] const Secret* secret(const std::string& name) const;
  [[nodiscard]] const Key* key(const std::string& name) const;

  friend bool operator==(const Plan&, const Plan&) = default;
};

}  // namespace backstay::plan
