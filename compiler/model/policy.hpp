// The typed policy: names resolved, profiles flattened, parameters put in, units in types.
//
// No syntax is left, but every value keeps the span of the line that said it, so that a check can
// show every line that contributes. Declarations stand in the order of their names; nothing here
// depends on the order of a file. References are indices into the vectors of Policy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lang/base/span.hpp"
#include "lang/base/units.hpp"

namespace backstay::compiler {

using lang::Span;

/// A value and the place that says it.
template <typename T>
struct Located {
  T value{};
  Span span = {};
};

using Index = std::size_t;

/// Resolved reference: an index into the vector of its kind, and the place of the reference.
using Reference = Located<Index>;

struct Site {
  std::string name;
  Span span;                              ///< of the name in its declaration; so for all below
  std::optional<Reference> part_of = {};  ///< → sites
};

struct Host {
  std::string name;
  Span span;
  std::optional<Reference> site = {};  ///< → sites
  std::optional<Located<std::string>> address = {};
  std::optional<Located<std::string>> user = {};
  std::optional<Located<std::int64_t>> port = {};
};

/// `group NAME { members A, B, compute[001-250] }`
struct Group {
  std::string name;
  Span span;
  std::vector<Reference> members = {};  ///< → hosts, sorted, each once
};

/// A second copy of a secret, out of reach of a disaster: `escrow "safe 2, printed" at dc2`
struct Escrow {
  Located<std::string> place = {};
  Reference site = {};  ///< → sites
};

/// Exactly one of `file`, `credential`, `command` after a clean resolve.
struct Secret {
  std::string name;
  Span span;
  std::optional<Located<std::string>> file = {};
  std::optional<Located<std::string>> credential = {};  ///< name of a systemd credential
  std::optional<Located<std::vector<std::string>>> command = {};
  std::optional<Escrow> escrow = {};
};

/// `recipient "age1…" [escrow "…" at SITE]`
struct Recipient {
  Located<std::string> recipient = {};
  std::optional<Escrow> escrow = {};  ///< where its identity lies
  Span span;
};

struct Key {
  std::string name;
  Span span;
  std::vector<Recipient> recipients = {};  ///< sorted by recipient
  std::optional<Reference> identity = {};  ///< → secrets
};

enum class ServerKind : std::uint8_t { Mariadb, Postgresql };
enum class DumpMethod : std::uint8_t { Dump, Physical };

/// `mariadb NAME` or `postgresql NAME`. The two share one name space: `on NAME` means either.
struct DatabaseServer {
  std::string name;
  Span span;
  ServerKind kind = ServerKind::Mariadb;
  std::optional<Reference> host =
      {};  ///< → hosts; the first of `hosts`; missing only after an error
  std::vector<Reference> hosts = {};  ///< → hosts, in order of preference; several only with galera
  std::optional<Located<DumpMethod>> method = {};  ///< nothing: Dump
  std::optional<Span> galera = {};
  std::optional<Located<std::string>> socket = {};
  std::optional<Located<std::string>> address = {};
  std::optional<Located<std::int64_t>> port = {};
  std::optional<Reference> login = {};  ///< → secrets
  std::optional<Located<std::string>> datadir = {};
  std::vector<Located<std::string>> units = {};
};

/// `path P [as NAME] [optional] [may-change] [may-vanish]`
struct PathFact {
  Located<std::string> path = {};  ///< absolute, normalised
  Located<std::string> name = {};  ///< component name within the service; default: last segment
  bool optional = false;
  bool may_change = false;
  bool may_vanish = false;
  Span span;  ///< of the whole fact; so for all below
};

/// `except PATTERN because "…"`, `keep PATTERN [because "…"]`
struct RuleFact {
  Located<std::string> pattern = {};
  std::optional<Located<std::string>> because = {};
  Span span;
};

/// One database of a `database D, … on SERVER`, or `all`.
struct DatabaseFact {
  Located<std::string> name = {};  ///< database; `all` with all = true
  bool all = false;
  std::vector<Located<std::string>> except = {};  ///< of `all`
  Reference server = {};                          ///< → servers
  Span span;
};

struct SqliteFact {
  Located<std::string> path = {};
  Located<std::string> name = {};
  Span span;
};

struct CheckFact {
  std::vector<std::string> command = {};
  std::vector<std::int64_t> accepts = {};  ///< never empty
  Duration within{30};
  Span span;
};

struct HeldFact {
  std::vector<Located<std::string>> units = {};
  std::optional<Located<std::string>> because = {};
  Span span;
};

/// `sealed-by P`
struct SealedByFact {
  Located<std::string> path = {};
  Span span;
};

/// `unprotected [P] because "…"`
struct UnprotectedFact {
  std::optional<Located<std::string>> path = {};
  std::optional<Located<std::string>> because = {};
  Span span;
};

/// `export NAME run […] [import […]]`
struct ExportFact {
  Located<std::string> name = {};  ///< component name within the service
  std::vector<std::string> run = {};
  std::vector<std::string> import = {};  ///< empty: it is kept, and read back by hand
  Span span;
};

/// `replicate P to GROUP`
struct ReplicateFact {
  Located<std::string> path = {};
  Reference group = {};  ///< → groups
  Span span;
};

/// `mirror P to TARGET`
struct MirrorFact {
  Located<std::string> path = {};
  Reference target = {};  ///< → targets
  Span span;
};

/// `before-backup […] [accepts N, …] [timeout D]` and its three kin
struct HookFact {
  std::vector<std::string> command = {};
  std::vector<std::int64_t> accepts = {};  ///< never empty
  std::optional<Located<Duration>> timeout = {};
  Span span;
};

/// `size SIZE [changes SIZE]`
struct SizeFact {
  Located<ByteSize> size = {};
  std::optional<Located<ByteSize>> changes = {};  ///< in a day
  Span span;
};

struct Service {
  std::string name;
  Span span;
  Span block = {};  ///< of its own facts, without those of its profile; empty where it has none
  std::string profile = {};                      ///< `openstack.nova`, or empty
  std::optional<Reference> host = {};            ///< → hosts; the first of `hosts`
  std::vector<Reference> hosts = {};             ///< → hosts, sorted; groups are worked out
  std::vector<Reference> needs = {};             ///< → services
  std::vector<Located<std::string>> units = {};  ///< in starting order, with suffix
  std::vector<HeldFact> held = {};
  std::vector<PathFact> paths = {};  ///< all below sorted by their key
  std::vector<RuleFact> excepts = {};
  std::vector<RuleFact> keeps = {};
  std::vector<DatabaseFact> databases = {};
  std::vector<SqliteFact> sqlites = {};
  std::vector<CheckFact> checks = {};
  std::vector<SealedByFact> sealed_by = {};
  std::vector<Reference> instant_with = {};  ///< → services; names that are no service are left out
  std::vector<UnprotectedFact> unprotected = {};
  std::optional<Located<std::string>> external = {};  ///< because
  std::vector<ExportFact> exports = {};               ///< sorted by name
  std::vector<ReplicateFact> replicas = {};           ///< sorted by path, then group
  std::vector<MirrorFact> mirrors = {};               ///< sorted by path, then target
  std::optional<Span> quiesce_stop = {};
  std::optional<HookFact> before_backup = {};
  std::optional<HookFact> after_backup = {};
  std::optional<HookFact> before_restore = {};
  std::optional<HookFact> after_restore = {};
  std::optional<SizeFact> size = {};
  std::optional<Located<std::string>> owner = {};  ///< `name:name`
};

enum class TargetKind : std::uint8_t { Directory, Rsync, Rclone, Restic };
enum class Deleter : std::uint8_t { Host, Admin, Nobody };

struct Target {
  std::string name;
  Span span;
  TargetKind kind = TargetKind::Directory;
  std::optional<Located<std::string>> directory = {};  ///< of a Directory: absolute path
  std::optional<Located<std::string>> remote = {};  ///< of the others: `remote:path` and the like
  std::optional<Reference> host = {};               ///< → hosts; none: on each covered host
  std::optional<Reference> site = {};  ///< → sites; of a directory its host's if not said
  std::optional<Located<std::string>> media = {};
  std::optional<Reference> login = {};  ///< → secrets
  std::optional<Reference> seal = {};   ///< → keys
  std::vector<Reference> needs = {};    ///< → services
  std::optional<Located<Duration>> locked = {};
  std::optional<Located<Deleter>> deletable_by = {};  ///< nothing: Host
  std::optional<Located<ByteSize>> capacity = {};
  std::optional<Located<ByteSize>> bandwidth = {};  ///< bytes a second
};

struct Retention {
  std::string name;
  Span span;
  std::optional<Located<std::int64_t>> last = {};
  std::optional<Located<std::int64_t>> hourly = {};
  std::optional<Located<std::int64_t>> daily = {};
  std::optional<Located<std::int64_t>> weekly = {};
  std::optional<Located<std::int64_t>> monthly = {};
  std::optional<Located<std::int64_t>> quarterly = {};
  std::optional<Located<std::int64_t>> yearly = {};
  std::optional<Located<std::int64_t>> at_least = {};
  std::optional<Located<Duration>> all_for = {};
};

struct Schedule {
  std::string name;
  Span span;
  Located<std::string> rule = {};  ///< canonical: `every day at 02:30`
  std::optional<Located<Duration>> window = {};
  std::optional<Located<Duration>> jitter = {};
};

/// `copy to TARGET keep RETENTION [through HOST] [run SCHEDULE] [lag D]`
struct CopyFact {
  Reference target = {};                   ///< → targets
  Reference retention = {};                ///< → retentions
  std::optional<Reference> schedule = {};  ///< → schedules; none: after each run
  std::optional<Located<Duration>> lag = {};
  Span span;
  std::optional<Reference> through = {};  ///< → hosts: copies on what it holds; none: each its own
};

struct Backup {
  std::string name;
  Span span;
  std::vector<Reference> services = {};  ///< → services, `all` and `except` already worked out
  std::optional<Span> covers_all = {};   ///< place of `cover all services`
  std::optional<Reference> schedule = {};
  std::optional<Reference> run_on = {};  ///< → hosts: whose timer runs it everywhere
  std::optional<Reference> target = {};
  std::optional<Reference> retention = {};
  std::vector<CopyFact> copies = {};  ///< sorted by target's name
  std::optional<Located<Duration>> deadline = {};
  std::optional<Located<std::string>> compression = {};  ///< `standard` or `fast`
  std::optional<Located<std::int64_t>> concurrency = {};
  std::optional<Reference> notify = {};  ///< → notifies
};

/// `expect rows DB.TABLE at-least N`
struct ExpectRows {
  Located<std::string> database = {};
  Located<std::string> table = {};
  std::int64_t at_least = 0;
  Span span;
};

/// `expect file P [on HOST]`
struct ExpectFile {
  Located<std::string> path = {};
  std::optional<Reference> host = {};  ///< → hosts
  Span span;
};

/// `expect run […] [accepts N, …]`
struct ExpectRun {
  std::vector<std::string> command = {};
  std::vector<std::int64_t> accepts = {};  ///< never empty
  Span span;
};

struct Drill {
  std::string name;
  Span span;
  std::vector<Reference> services = {};  ///< → services, `all` and `except` already worked out
  std::optional<Span> restore = {};      ///< of the `restore` fact; missing only after an error
  std::optional<Reference> target = {};  ///< → targets, `from TARGET`
  std::optional<Reference> schedule = {};
  std::optional<Reference> host = {};    ///< → hosts
  std::vector<ExpectRows> rows = {};     ///< sorted by database, table
  std::vector<ExpectFile> files = {};    ///< sorted by path
  std::vector<ExpectRun> commands = {};  ///< sorted by command
  std::optional<Located<Duration>> deadline = {};
  std::optional<Reference> notify = {};  ///< → notifies
};

enum class Outcome : std::uint8_t { Failure, Recovery, Success };

struct Notify {
  std::string name;
  Span span;
  std::optional<Reference> webhook = {};  ///< → secrets
  std::optional<Located<std::vector<std::string>>> command = {};
  std::optional<Located<std::string>> mail = {};
  std::optional<Reference> healthcheck = {};    ///< → secrets
  std::vector<Located<Outcome>> outcomes = {};  ///< sorted; Failure and Recovery unless said
};

/// `moved KIND OLD -> NEW`
struct Moved {
  Located<std::string> kind = {};  ///< `service`, `component`, `host`, `backup`, `target`
  Located<std::string> old_name = {};
  Located<std::string> new_name = {};
  Span span;
};

/// `allow CODE on KIND NAME because "…" until DATE`
struct Allow {
  Located<std::string> code = {};  ///< `BST0603`
  Located<std::string> kind = {};
  Located<std::string> name = {};
  Located<std::string> because = {};
  Located<std::string> until = {};  ///< `2027-06-30`: the last day on which it holds
  Span span;
};

/// What a line of a `require` promises.
enum class PromiseKind : std::uint8_t {
  Rpo,
  OffsiteRpo,
  Rto,
  History,
  Copies,
  Media,
  Offsite,
  Drill,
  Encrypted,
  Immutable,
};

/// One line of a `require`.
struct PromiseFact {
  PromiseKind kind = PromiseKind::Rpo;
  std::int64_t amount = 0;     ///< seconds, or a number; 0 for `encrypted`
  std::int64_t tolerates = 0;  ///< of `rpo`: runs that may be missing
  Span span;
};

/// `require all services [except S, …]` / `require S, …`
struct Requirement {
  Span span;                             ///< of its head
  std::vector<Reference> services = {};  ///< → services, `all` and `except` already worked out
  std::vector<PromiseFact> promises = {};
};

/// A declaration whose name nothing uses. Backups, drills and services are never listed here: they
/// stand for themselves (a service that no backup covers is a finding of its own).
struct Unreferenced {
  std::string kind;  ///< the word that declares it: `target`, `host`, `param` …
  std::string name;
  Span span;  ///< of the name in its declaration
};

/// The whole policy. Every vector is sorted by name.
struct Policy {
  std::string name;
  Span span;
  std::optional<Located<std::string>> zone = {};
  std::optional<Located<std::string>> inventory = {};  ///< absolute, or beside the policy
  std::vector<std::pair<std::string, std::string>> parameters =
      {};  ///< name, canonical literal; sorted
  std::vector<Site> sites = {};
  std::vector<Host> hosts = {};
  std::vector<Group> groups = {};
  std::vector<Secret> secrets = {};
  std::vector<Key> keys = {};
  std::vector<DatabaseServer> servers = {};
  std::vector<Service> services = {};
  std::vector<Target> targets = {};
  std::vector<Retention> retentions = {};
  std::vector<Schedule> schedules = {};
  std::vector<Backup> backups = {};
  std::vector<Drill> drills = {};
  std::vector<Notify> notifies = {};
  std::vector<Moved> moved = {};                ///< sorted by kind, old name
  std::vector<Allow> allows = {};               ///< sorted by code, kind, name
  std::vector<Requirement> requirements = {};   ///< as they stand: they have no names
  std::vector<Unreferenced> unreferenced = {};  ///< sorted by kind, then name
};

}  // namespace backstay::compiler
