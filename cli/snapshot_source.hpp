// Where snapshots are read from: a plan's target, or a store itself.
//
// The machine that burnt had the plan; what is left may be the disk with the store alone. So every
// verb that reads takes either, and a store needs no registration to be read.
#pragma once

#include <optional>
#include <string>

#include <CLI/App.hpp>

#include "cli/plan_file.hpp"
#include "runtime/store/store.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::cli {

/// Options that choose it.
struct SourceOptions {
  std::string place;  ///< PLAN or STORE
  std::string backup;
  std::string host;
  std::string policy;
};

/// An open store, and which of its snapshots are meant.
struct SnapshotSource {
  std::optional<PlanFile> plan;  ///< where a plan was given
  runtime::Store store;
  runtime::SnapshotFilter filter;
};

/// Adds PLAN|STORE, --backup, --host and --policy to a verb.
void add_source_options(CLI::App& verb, SourceOptions& options);

/// Errors: as read_plan_file and open_store_for_reading; Usage.
[[nodiscard]] Result<SnapshotSource> open_source(runtime::Filesystem& files,
                                                 const SourceOptions& options);

/// Local time with zone and its distance from now: `2026-11-22 02:30 CET, 2 h 5 min ago`.
[[nodiscard]] std::string local_time(const std::string& rfc3339);

}  // namespace backstay::cli
