// What a plan says beside its graphs: the resolved declarations of its policy.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/plan/field.hpp"
#include "compiler/plan/shared_actions.hpp"
#include "lang/base/units.hpp"

namespace backstay::plan {

struct Parameter {
  std::string name;
  std::string value;  ///< as written in the policy or given by --set, canonical form

  static void fields(auto& self, auto&& visit) {
    visit("name", self.name);
    visit("value", self.value);
  }

  friend bool operator==(const Parameter&, const Parameter&) = default;
};

/// A site that is part of another one. A site of its own is known by its name alone.
struct Site {
  std::string name;
  std::string part_of;

  static void fields(auto& self, auto&& visit) {
    visit("name", self.name);
    visit("part-of", self.part_of);
  }

  friend bool operator==(const Site&, const Site&) = default;
};

/// A secret that something in the plan names: where it is read from, never what it is.
struct Secret {
  std::string name;
  std::string file = {};                  ///< one of file, credential and command is there
  std::string credential = {};            ///< name of a systemd credential
  std::vector<std::string> command = {};  ///< prints it
  std::string escrow = {};                ///< where a second copy lies
  std::string escrow_site = {};

  static void fields(auto& self, auto&& visit) {
    visit(sparse("command"), self.command);
    visit(sparse("credential"), self.credential);
    visit(sparse("escrow"), self.escrow);
    visit(sparse("escrow-site"), self.escrow_site);
    visit(sparse("file"), self.file);
    visit("name", self.name);
  }

  friend bool operator==(const Secret&, const Secret&) = default;
};

/// One who can open what is sealed.
struct Recipient {
  std::string recipient;    ///< `age1…`: public
  std::string escrow = {};  ///< where its identity lies
  std::string escrow_site = {};

  static void fields(auto& self, auto&& visit) {
    visit(sparse("escrow"), self.escrow);
    visit(sparse("escrow-site"), self.escrow_site);
    visit("recipient", self.recipient);
  }

  friend bool operator==(const Recipient&, const Recipient&) = default;
};

struct Key {
  std::string name;
  std::vector<Recipient> recipients;  ///< sorted
  std::string identity = {};          ///< secret that opens; used by drill and restore only

  static void fields(auto& self, auto&& visit) {
    visit(sparse("identity"), self.identity);
    visit("name", self.name);
    visit("recipients", self.recipients);
  }

  friend bool operator==(const Key&, const Key&) = default;
};

struct Host {
  std::string name;
  std::string site;     ///< may be empty
  std::string address;  ///< may be empty
  std::string user = {};
  std::int64_t port = 0;  ///< 0: the usual one

  static void fields(auto& self, auto&& visit) {
    visit("address", self.address);
    visit("name", self.name);
    visit(sparse("port"), self.port);
    visit("site", self.site);
    visit(sparse("user"), self.user);
  }

  friend bool operator==(const Host&, const Host&) = default;
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

/// A path that is on purpose not backed up.
struct UnprotectedPath {
  std::string path;
  std::string because;

  static void fields(auto& self, auto&& visit) {
    visit("because", self.because);
    visit("path", self.path);
  }

  friend bool operator==(const UnprotectedPath&, const UnprotectedPath&) = default;
};

/// What a reader of the plan must know of a service beyond its steps.
struct Service {
  std::string name;
  std::vector<std::string> hosts;  ///< sorted
  std::vector<std::string> needs;  ///< sorted
  std::vector<std::string> units;  ///< in starting order, with suffix
  std::vector<HeldUnits> held;
  std::vector<Probe> checks;
  bool external = false;            ///< somebody else's; only ordered
  std::string unprotected_because;  ///< not empty: on purpose not backed up
  std::string external_because = {};
  std::vector<UnprotectedPath> unprotected_paths = {};  ///< sorted by path
  std::vector<std::string> instant_with = {};  ///< services that share one instant with it; sorted
  std::vector<std::string> sealed_by = {};     ///< paths without which its databases are unreadable
  bool quiesce_stop = false;                   ///< its units are stopped while it is captured
  std::string size = {};                       ///< declared: `200GiB`
  std::string changes = {};                    ///< declared, a day
  std::string owner = {};                      ///< `name:name`

  static void fields(auto& self, auto&& visit) {
    visit(sparse("changes"), self.changes);
    visit("checks", self.checks);
    visit("external", self.external);
    visit(sparse("external-because"), self.external_because);
    visit("held", self.held);
    visit("hosts", self.hosts);
    visit(sparse("instant-with"), self.instant_with);
    visit("name", self.name);
    visit("needs", self.needs);
    visit(sparse("owner"), self.owner);
    visit(sparse("quiesce-stop"), self.quiesce_stop);
    visit(sparse("sealed-by"), self.sealed_by);
    visit(sparse("size"), self.size);
    visit("units", self.units);
    visit("unprotected-because", self.unprotected_because);
    visit(sparse("unprotected-paths"), self.unprotected_paths);
  }

  friend bool operator==(const Service&, const Service&) = default;
};

/// A database server. The login is a reference to a secret, never its content.
struct Server {
  std::string name;
  std::string kind;  ///< `mariadb` or `postgresql`
  std::string host;
  std::string socket;  ///< absolute path; or empty with address and port
  std::string address;
  std::int64_t port = 0;
  std::string
      login_file;  ///< option file that mariadb-dump and mariadb read; may be empty: peer login
  std::string datadir;
  std::vector<std::string> units;
  std::string method = {};              ///< `physical`; empty: dump
  bool galera = false;                  ///< a node of a cluster
  std::vector<std::string> hosts = {};  ///< of a cluster of several, in order of preference
  std::string login = {};               ///< secret, where the login is not in a file

  static void fields(auto& self, auto&& visit) {
    visit("address", self.address);
    visit("datadir", self.datadir);
    visit(sparse("galera"), self.galera);
    visit("host", self.host);
    visit(sparse("hosts"), self.hosts);
    visit("kind", self.kind);
    visit(sparse("login"), self.login);
    visit("login-file", self.login_file);
    visit(sparse("method"), self.method);
    visit("name", self.name);
    visit("port", self.port);
    visit("socket", self.socket);
    visit("units", self.units);
  }

  friend bool operator==(const Server&, const Server&) = default;
};

struct Target {
  std::string name;
  std::string kind;                     ///< `directory`, `rsync`, `rclone` or `restic`
  std::string path;                     ///< absolute; of a directory
  std::string host;                     ///< empty: on each covered host
  std::string media;                    ///< may be empty
  std::string site;                     ///< may be empty
  std::string remote = {};              ///< of the other kinds: `remote:path`
  std::string login = {};               ///< secret
  std::string seal = {};                ///< key; empty: not sealed
  std::vector<std::string> needs = {};  ///< services that must run to reach it; sorted
  std::string locked = {};              ///< canonical duration; empty: points may go at any time
  std::string deletable_by = {};        ///< `admin` or `nobody`; empty: the host
  std::string capacity = {};            ///< `2TiB`
  std::string bandwidth = {};           ///< `50MiB/s`

  static void fields(auto& self, auto&& visit) {
    visit(sparse("bandwidth"), self.bandwidth);
    visit(sparse("capacity"), self.capacity);
    visit(sparse("deletable-by"), self.deletable_by);
    visit("host", self.host);
    visit("kind", self.kind);
    visit(sparse("locked"), self.locked);
    visit(sparse("login"), self.login);
    visit("media", self.media);
    visit("name", self.name);
    visit(sparse("needs"), self.needs);
    visit("path", self.path);
    visit(sparse("remote"), self.remote);
    visit(sparse("seal"), self.seal);
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

/// Whom a run tells of its end, and of which ends.
struct Notify {
  std::string name;
  std::vector<std::string> outcomes;  ///< of `failure`, `recovery`, `success`
  std::vector<std::string> command = {};
  std::string mail = {};
  std::string webhook = {};      ///< secret
  std::string healthcheck = {};  ///< secret

  static void fields(auto& self, auto&& visit) {
    visit(sparse("command"), self.command);
    visit(sparse("healthcheck"), self.healthcheck);
    visit(sparse("mail"), self.mail);
    visit("name", self.name);
    visit("outcomes", self.outcomes);
    visit(sparse("webhook"), self.webhook);
  }

  friend bool operator==(const Notify&, const Notify&) = default;
};

/// A rename: what bears the old name in a store belongs to the new one.
struct Moved {
  std::string kind;  ///< `service`, `component`, `host`, `backup`, `target`
  std::string old_name;
  std::string new_name;

  static void fields(auto& self, auto&& visit) {
    visit("kind", self.kind);
    visit("new", self.new_name);
    visit("old", self.old_name);
  }

  friend bool operator==(const Moved&, const Moved&) = default;
};

/// A finding that the policy allows, and until when.
struct Suppression {
  std::string code;  ///< `BST0603`
  std::string kind;  ///< `target`
  std::string name;
  std::string because;
  std::string until;  ///< `2027-06-30`: the last day on which it holds

  static void fields(auto& self, auto&& visit) {
    visit("because", self.because);
    visit("code", self.code);
    visit("kind", self.kind);
    visit("name", self.name);
    visit("until", self.until);
  }

  friend bool operator==(const Suppression&, const Suppression&) = default;
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

}  // namespace backstay::plan
