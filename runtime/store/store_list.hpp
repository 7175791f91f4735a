// Which snapshots a store holds, and which of them a name means.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/seal/seal_key.hpp"
#include "runtime/store/snapshot_reader.hpp"
#include "runtime/store/store.hpp"

namespace backstay::runtime {

/// A committed snapshot as the list shows it.
struct SnapshotSummary {
  std::string id;
  std::uint64_t sequence = 0;  ///< per (policy, host); orders snapshots, the clock does not
  std::string policy;
  std::string backup;
  std::string host;
  std::string started;  ///< RFC 3339, UTC
  std::string finished;
  bool partial = false;
  bool keep_current = false;  ///< what a restore was about to replace; `partial` as well
  std::size_t components = 0;
  std::uint64_t plain_bytes = 0;
  std::uint64_t stored_bytes = 0;
  SealKey seal = {};    ///< with what it is sealed; without recipients: it is not
  std::string problem;  ///< not empty: the manifest cannot be read, and why
};

/// Which snapshots are meant; an empty field means all.
struct SnapshotFilter {
  std::string policy = {};
  std::string backup = {};
  std::string host = {};
  std::string place = {};  ///< as a driver describes it, for messages; empty: its path
};

/// Every snapshot that fits the filter, per (policy, host) newest first by sequence. One with an
/// unreadable manifest is listed, with its problem, when the filter is empty.
[[nodiscard]] Result<std::vector<SnapshotSummary>> list_snapshots(Filesystem& files,
                                                                  const Store& store,
                                                                  const SnapshotFilter& filter);

/// `@DATE` is the newest complete one that was begun by then (point_in_time.hpp).
/// `latest` and `latest~N` (complete ones only, and only signed ones where this host believes no
/// others; N counts back), a whole id or a unique prefix of
/// one; the sequence number alone is such a prefix, with or without its leading zeros. Errors:
/// NotFound, and Usage for a prefix that fits several (it names them).
[[nodiscard]] Result<SnapshotSummary> find_snapshot(Filesystem& files,
                                                    const Store& store,
                                                    const SnapshotFilter& filter,
                                                    const std::string& name);

/// Opens a snapshot for reading; a sealed one through an UnsealingFilesystem. Errors: NotFound,
/// BadInput, Verification (manifest is not what SHA256SUMS says), Credentials (sealed, and no
/// identity that opens it).
[[nodiscard]] Result<std::unique_ptr<SnapshotReader>> open_snapshot(Filesystem& files,
                                                                    const Store& store,
                                                                    const std::string& id);

}  // namespace backstay::runtime
