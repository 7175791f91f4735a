// What the steps of one drill share: the sandbox, its servers, the snapshots, what was found.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/drill/sandbox.hpp"
#include "runtime/drill/scratch_server.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/store/snapshot_reader.hpp"
#include "runtime/store/store_list.hpp"

namespace backstay::runtime {

/// One snapshot that a drill reads.
struct DrillSource {
  SnapshotSummary summary;
  std::string manifest_digest;  ///< SHA-256 of its manifest.json, hexadecimal
  std::unique_ptr<SnapshotReader> snapshot;
  Lock lock;           ///< shared, on its directory: no prune takes it away
  plan::Backup graph;  ///< its part of the drill, as a restore graph
  RestoreRun files;    ///< for file and SQLite steps: below the root of its host
  RestoreRun rows;     ///< for server steps: into the scratch servers
};

/// One database that was looked at in a scratch server.
struct DrilledDatabase {
  std::string component;
  std::string database;
  std::string server;
  std::uint64_t tables = 0;
  std::uint64_t rows = 0;
};

/// What an `expect` fact found.
struct DrillFinding {
  std::string step;
  std::string what;  ///< `keystone.user has 42 rows, at least 1 are expected`
  bool met = false;
};

struct DrillRun {
  const plan::Drill& drill;
  std::string run_id;
  bool keep = false;
  plan::Plan plan;  ///< as given, with scratch servers in the place of the real ones
  std::vector<DrillSource> sources = {};
  std::vector<std::string> absent = {};  ///< components that the plan has and no snapshot
  std::string directory = {};            ///< of the sandbox
  std::unique_ptr<Sandbox> sandbox = {};
  std::map<std::string, ScratchServer> servers = {};
  std::vector<DrilledDatabase> databases = {};
  std::vector<DrillFinding> findings = {};
  /// When each service was wholly back, since the first byte was read. Its proven RTO.
  std::map<std::string, std::chrono::milliseconds> restored = {};
  std::chrono::steady_clock::time_point began = {};  ///< of check-snapshot
};

/// Below which directory the files of a host are.
[[nodiscard]] std::string drill_root(const DrillRun& run, const std::string& host);

/// The host whose data a step reads.
[[nodiscard]] inline const std::string& source_host(const plan::Step& step) {
  return step.source_host.empty() ? step.host : step.source_host;
}

}  // namespace backstay::runtime
