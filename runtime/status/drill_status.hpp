// When a restore was last proven, and how long it took, against what is promised: from the evidence
// that drills left in the stores of a backup.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "runtime/drill/evidence.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// The last proven restore of one service.
struct ProvenRestore {
  std::string service;
  std::string at;                     ///< when the drill ended, RFC 3339; empty: never
  std::chrono::milliseconds took{0};  ///< until the service was back: its proven RTO
  std::optional<Duration> promised_rto;
  std::optional<Duration> promised_every;
};

/// Of one backup on one host.
struct DrillStatus {
  std::optional<Evidence> proven;       ///< about the newest point that is drilled
  std::optional<Evidence> failed;       ///< the last drill, where it failed
  std::vector<ProvenRestore> services;  ///< covered ones, by name
  std::map<std::string, bool> points;   ///< each point that was drilled, and whether it passed
  std::vector<std::string> problems;    ///< promises that are not kept

  /// The slowest one of the newest proof; nothing without one.
  [[nodiscard]] const ProvenRestore* slowest() const;
};

/// A store and the snapshots in it of one backup on one host.
struct StoredPoints {
  Store store;
  std::vector<SnapshotSummary> snapshots;  ///< newest first
};

/// Reads the evidence in all stores of a backup.
/// oldest  start of its oldest point, RFC 3339; empty: none. A promised drill is overdue from then
///         on, should there never have been one.
[[nodiscard]] DrillStatus assess_drills(Filesystem& files,
                                        const plan::Plan& plan,
                                        const plan::Backup& backup,
                                        const std::vector<StoredPoints>& stores,
                                        const std::string& oldest,
                                        std::chrono::system_clock::time_point now);

}  // namespace backstay::runtime
