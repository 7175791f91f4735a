// Where snapshots are read from: a plan's target, or a store itself.
//
// The machine that burnt had the plan; what is left may be the disk with the store alone. So every
// verb that reads takes either, and a store needs no registration to be read.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include <CLI/App.hpp>

#include "cli/plan_file.hpp"
#include "cli/remote_source.hpp"
#include "runtime/store/store.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/store/unsealing_filesystem.hpp"
#include "runtime/system/filesystem.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::cli {

/// Options that choose it.
struct SourceOptions {
  std::string place;  ///< PLAN or STORE
  std::string backup;
  std::string host;
  std::string policy;
  std::string identity;
  std::string from = {};  ///< a target of the plan; empty: the backup's own
};

/// An open store, and which of its snapshots are meant.
struct SnapshotSource {
  std::optional<PlanFile> plan;  ///< where a plan was given
  runtime::Store store;
  runtime::SnapshotFilter filter;
  std::string identity;  ///< file with an identity that opens what is sealed; empty: none
  /// Where it is read from another target than the backup's own: the directory of that one, in
  /// which a restore keeps what it replaces.
  std::string keep_in = {};
  std::string target = {};                    ///< name in the plan; empty without one
  std::shared_ptr<RemoteSource> remote = {};  ///< null: `store` is a directory of this machine

  /// What the store is read through.
  [[nodiscard]] runtime::Filesystem& files(runtime::Filesystem& real) const {
    return remote ? remote->files() : real;
  }

  /// Most or all of what is read will be wanted.
  void expect_whole() const {
    if (remote)
      remote->files().expect(runtime::Wanted::Whole);
  }
};

/// Adds PLAN|STORE, --backup, --host and --policy to a verb.
void add_source_options(CLI::App& verb, SourceOptions& options);

/// Adds --from to a verb that reads from any target of a plan.
void add_from_option(CLI::App& verb, SourceOptions& options);

/// Adds --identity to a verb that reads what is in snapshots.
void add_identity_option(CLI::App& verb, SourceOptions& options);

/// The identity that the key of a plan's target names, where its file is on this machine; else
/// empty.
[[nodiscard]] std::string identity_of(runtime::Filesystem& files,
                                      const plan::Plan& plan,
                                      const std::string& target);

/// A view of files in which what is sealed is opened with an identity; without one (empty) it is an
/// error that names the recipients. Errors: Credentials (the file of the identity), ToolMissing.
[[nodiscard]] Result<std::unique_ptr<runtime::UnsealingFilesystem>> open_sealed_files(
    runtime::Filesystem& files, runtime::CommandRunner& commands, const std::string& identity);

/// Errors: as read_plan_file, open_store_for_reading and RemoteSource::open; Usage.
[[nodiscard]] Result<SnapshotSource> open_source(runtime::Filesystem& files,
                                                 const SourceOptions& options,
                                                 const std::stop_token& stop = {});

/// Local time with zone and its distance from now: `2026-11-22 02:30 CET, 2 h 5 min ago`.
[[nodiscard]] std::string local_time(const std::string& rfc3339);

}  // namespace backstay::cli
