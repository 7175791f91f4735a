// One snapshot of a store, with all that is on record about it, as rows of the catalogue.
#pragma once

#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/catalogue/catalogue_rows.hpp"
#include "runtime/store/store.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

struct SnapshotRows {
  CatalogueSnapshot snapshot;
  std::vector<CatalogueRun> runs;  ///< that it or its records tell of
};

/// Reads manifest and records; those that this host does not believe are left out. A manifest that
/// cannot be read is a `problem`. Of one that is no longer there, what its records say. Errors: Io,
/// where records cannot be read; Refused (no name of a snapshot).
[[nodiscard]] Result<SnapshotRows> read_snapshot_rows(Filesystem& files,
                                                      const Store& store,
                                                      const std::string& id);

}  // namespace backstay::runtime
