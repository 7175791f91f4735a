// What the catalogue holds, as plain values: runs with their steps and components, snapshots with
// what is on record about them. Times are RFC 3339, UTC, and sort as text; an empty one is not
// known.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace backstay::runtime {

/// One step of a run.
struct CatalogueStep {
  std::string id;
  std::string kind;
  std::string state;  ///< `done`, `partial`, `failed`, `skipped`
  std::vector<std::string> components = {};
  std::vector<std::string> after = {};  ///< ids of the steps that it waited for
  /// Since the run's first step could start; nothing where it never did, or is not known.
  std::optional<std::chrono::milliseconds> started = {};
  std::chrono::milliseconds duration{0};
  std::uint64_t bytes = 0;
  std::string message = {};  ///< why it is not `done`

  friend bool operator==(const CatalogueStep&, const CatalogueStep&) = default;
};

/// From what a run is known; what is further down says more.
enum class RunSource : std::uint8_t {
  Manifest,  ///< its snapshot alone: no steps, no warnings
  Evidence,  ///< what a drill left in the store: no warnings
  Record,    ///< its record in the store; of a sealed one without messages
  Report,    ///< its report on the machine that ran it
};

[[nodiscard]] std::string_view to_string(RunSource source);

/// One run: a backup, a restore, a drill, or `unknown` for one that was killed.
struct CatalogueRun {
  std::string id;
  RunSource source = RunSource::Report;
  std::string what;
  std::string policy = {};
  std::string backup = {};
  std::string drill = {};
  std::string host = {};
  std::string plan_digest = {};
  std::string started = {};
  std::string finished = {};
  std::string status = {};  ///< `failed`, `partial`, `captured`, `stored`, `verified`, `drilled`
  std::string snapshot = {};
  std::string failure = {};
  std::string tool = {};  ///< the version of Backstay that ran
  std::vector<CatalogueStep> steps = {};
  std::vector<std::pair<std::string, std::string>> components = {};  ///< and their status; by name
  std::vector<std::string> warnings = {};

  friend bool operator==(const CatalogueRun&, const CatalogueRun&) = default;
};

/// A store that something of the catalogue is in.
struct CatalogueStore {
  std::string uuid;
  std::string kind;         ///< `directory`, `rsync`, …
  std::string place;        ///< any bytes
  std::string target = {};  ///< its name in the plan that was at hand; may be empty

  friend bool operator==(const CatalogueStore&, const CatalogueStore&) = default;
};

/// One component of a snapshot.
struct CatalogueComponent {
  std::string name;
  std::string kind = {};
  std::uint64_t entries = 0;
  std::uint64_t files = 0;
  std::uint64_t plain_bytes = 0;
  std::uint64_t stored_bytes = 0;   ///< of all its parts
  std::uint64_t linked_bytes = 0;   ///< of those that an earlier snapshot had
  bool missing = false;             ///< it should be in the snapshot and is not
  std::string server_version = {};  ///< of the database server; empty: none, or not known
  std::string tool_version = {};    ///< of the program or library that read it

  friend bool operator==(const CatalogueComponent&, const CatalogueComponent&) = default;
};

struct CatalogueVerification {
  std::string at;
  int level = 0;
  bool intact = false;
  std::string run = {};

  friend bool operator==(const CatalogueVerification&, const CatalogueVerification&) = default;
};

/// A proven copy: to a target from this store, or into this store from another.
struct CatalogueReceipt {
  std::string at;
  std::string target = {};    ///< where it went; empty for one that came here
  std::string to_store = {};  ///< UUID
  std::string from_store = {};
  std::string evidence = {};
  std::uint64_t files = 0;
  std::uint64_t total_bytes = 0;
  std::uint64_t moved_bytes = 0;
  std::string run = {};

  friend bool operator==(const CatalogueReceipt&, const CatalogueReceipt&) = default;
};

/// A restore that was practised.
struct CatalogueDrill {
  std::string run;
  std::string drill = {};
  std::string policy = {};
  std::string started = {};
  std::string finished = {};
  bool drilled = false;  ///< false: it failed
  std::string failure = {};
  /// How long until each service was back: its proven RTO.
  std::vector<std::pair<std::string, std::chrono::milliseconds>> services = {};

  friend bool operator==(const CatalogueDrill&, const CatalogueDrill&) = default;
};

struct CatalogueHold {
  std::string at;
  std::string because = {};  ///< empty: it was let go
  std::string until = {};    ///< empty: until it is let go

  friend bool operator==(const CatalogueHold&, const CatalogueHold&) = default;
};

/// A prune took it.
struct CatalogueTombstone {
  std::string at;
  std::vector<std::string> because = {};
  std::string decision = {};

  friend bool operator==(const CatalogueTombstone&, const CatalogueTombstone&) = default;
};

/// Where a snapshot is.
enum class SnapshotPlace : std::uint8_t { Present, Trash, Gone };

[[nodiscard]] std::string_view to_string(SnapshotPlace place);

/// One snapshot in one store. A copy is a snapshot of its own in another store, under the same id.
struct CatalogueSnapshot {
  std::string store;  ///< UUID
  std::string id;
  SnapshotPlace place = SnapshotPlace::Present;
  bool known = true;         ///< its manifest was read at least once; else only what records say
  std::string problem = {};  ///< why its manifest could not be read
  std::uint64_t sequence = 0;
  std::string policy = {};
  std::string backup = {};
  std::string host = {};
  std::string run = {};
  std::string tool = {};
  std::string started = {};
  std::string finished = {};
  std::string plan_digest = {};
  std::string previous = {};
  std::string sealed_with = {};  ///< name of the key; empty: not sealed
  bool partial = false;
  bool keep_current = false;  ///< what a restore kept first: no point
  std::uint64_t plain_bytes = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t linked_bytes = 0;
  std::uint64_t records = 0;  ///< files on record about it; by this a change is noticed
  std::vector<CatalogueComponent> components = {};        ///< by name
  std::vector<CatalogueVerification> verifications = {};  ///< oldest first, as those that follow
  std::vector<CatalogueReceipt> receipts = {};
  std::vector<CatalogueDrill> drills = {};
  std::vector<CatalogueHold> holds = {};
  std::vector<CatalogueTombstone> tombstones = {};

  /// `partial`, `stored`, `verified`, `drilled` or `damaged`, by its manifest and its last records.
  [[nodiscard]] std::string state() const;

  friend bool operator==(const CatalogueSnapshot&, const CatalogueSnapshot&) = default;
};

/// One call that may begin a run, by hand or by a schedule; or of a prune or verification. Only the
/// catalogue knows of those that left no report.
struct CatalogueAttempt {
  std::string at;
  std::string what = {};  ///< `backup`, `drill`, `prune`, `verify`
  std::string policy = {};
  std::string backup = {};  ///< or the name of the drill
  std::string host = {};
  bool scheduled = false;
  std::string outcome = {};  ///< `ran`, `not due`, `overtaken`, `busy`, `refused`, `failed`
  std::string run = {};      ///< of `ran`
  std::string detail = {};

  friend bool operator==(const CatalogueAttempt&, const CatalogueAttempt&) = default;
};

}  // namespace backstay::runtime
