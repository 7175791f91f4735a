// Everything in a store at once: is each snapshot what it was, and does all that lies there belong
// there? It changes nothing in the store, ever: damaged files are copied aside on request, so that
// they can be looked at, and what to do is the operator's decision.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/store/store.hpp"

namespace backstay::runtime {

struct StoreCheckReport {
  std::vector<std::string> problems;  ///< damage; empty: intact
  std::vector<std::string> notes;     ///< what lies there and belongs to no snapshot
  std::vector<std::string> copied;    ///< damaged files, copied aside
  std::uint64_t snapshots = 0;
  std::uint64_t not_proven = 0;    ///< snapshots that are sealed: level 1 was proven at most
  std::uint64_t stored_bytes = 0;  ///< each file once, however many snapshots hold it
};

struct StoreCheck {
  Filesystem& files;
  const Store& store;
  int level = 1;           ///< 0 … 2, of every snapshot
  std::string aside = {};  ///< an absolute directory outside of the store; empty: nothing is copied
  bool has_identity = false;  ///< `files` opens what is sealed, so that level 2 can be proven
  std::stop_token stop = {};

  /// Errors are what kept us from looking: Refused (`aside` lies in the store), Io, Interrupted.
  [[nodiscard]] Result<StoreCheckReport> run() const;
};

}  // namespace backstay::runtime
