// Is a snapshot what it was when it was committed?
//
// 0  manifest, chain, sizes   1  SHA-256 of every stored byte, and the exact set of files
// 2  everything is decoded, every file and stream compared with its hash in the list
#pragma once

#include <cstdint>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/store/store.hpp"
#include "runtime/store/stored_hashes.hpp"

namespace backstay::runtime {

struct VerifyRequest {
  std::string snapshot;              ///< whole id
  int level = 1;                     ///< 0 … 2
  std::set<std::string> components;  ///< empty: all; else only their data is read
  /// Paths in the snapshot whose stored bytes are not read again: a run has just compared them.
  std::set<std::string> proven = {};
  StoredHashes* hashes = nullptr;  ///< shared by several verifications; may be null
  /// Whether `files` opens what is sealed; without, level 2 of a sealed snapshot ends at 1.
  bool has_identity = false;
};

struct VerifyReport {
  std::vector<std::string> problems;  ///< each names snapshot, component and part; empty: intact
  std::vector<std::string> damaged;   ///< paths in the snapshot of files with other bytes
  std::uint64_t stored_bytes = 0;     ///< read and hashed
  std::uint64_t files = 0;            ///< files compared with their hash (level 2)
  int level = 0;                      ///< that was reached
  std::string not_proven;             ///< what was asked for and could not be looked at, and why

  [[nodiscard]] bool intact() const { return problems.empty(); }
};

/// Uses all cores. A damaged snapshot is a value, not an Error; Errors are what kept us from
/// looking.
[[nodiscard]] Result<VerifyReport> verify_snapshot(Filesystem& files,
                                                   const Store& store,
                                                   const VerifyRequest& request,
                                                   std::stop_token stop);

}  // namespace backstay::runtime
