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
};

struct Secret {
  std::string name;
  Span span;
  std::optional<Located<std::string>> file = {};
};

struct MariadbServer {
  std::string name;
  Span span;
  std::optional<Reference> host = {};  ///< → hosts; missing only after an error
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
  Reference server = {};                          ///< → mariadb
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

struct Service {
  std::string name;
  Span span;
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
};

struct Target {
  std::string name;
  Span span;
  std::optional<Located<std::string>> directory = {};
  std::optional<Reference> host = {};  ///< → hosts; none: on each covered host
  std::optional<Reference> site = {};  ///< → sites
  std::optional<Located<std::string>> media = {};
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

struct Backup {
  std::string name;
  Span span;
  std::vector<Reference> services = {};  ///< → services, `all` and `except` already worked out
  std::optional<Span> covers_all = {};   ///< place of `cover all services`
  std::optional<Reference> schedule = {};
  std::optional<Reference> target = {};
  std::optional<Reference> retention = {};
  std::optional<Located<Duration>> deadline = {};
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
  std::vector<std::pair<std::string, std::string>> parameters =
      {};  ///< name, canonical literal; sorted
  std::vector<Site> sites = {};
  std::vector<Host> hosts = {};
  std::vector<Secret> secrets = {};
  std::vector<MariadbServer> mariadbs = {};
  std::vector<Service> services = {};
  std::vector<Target> targets = {};
  std::vector<Retention> retentions = {};
  std::vector<Schedule> schedules = {};
  std::vector<Backup> backups = {};
  std::vector<Requirement> requirements = {};   ///< as they stand: they have no names
  std::vector<Unreferenced> unreferenced = {};  ///< sorted by kind, then name
};

}  // namespace backstay::compiler
