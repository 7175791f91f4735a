// Bringing the catalogue up to what reports and stores say. The same code runs after a command, for
// what is new, and for a rebuild, on an empty catalogue.
#pragma once

#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/catalogue/catalogue.hpp"
#include "runtime/store/store.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// A store to read, through the file system that shows it.
struct KnownStore {
  Filesystem& files;
  Store store;
  std::string kind = "directory";
  std::string place = {};   ///< as people know it
  std::string target = {};  ///< its name in the plan; may be empty
};

/// What an update did.
struct UpdateReport {
  std::size_t runs = 0;                   ///< reports that were new
  std::size_t snapshots = 0;              ///< that were read
  std::vector<std::string> unknown = {};  ///< what could not be read, and why
};

/// Adds the reports under STATE/runs that the catalogue lacks. In a change that was begun.
[[nodiscard]] Result<void> add_reports(Catalogue& catalogue,
                                       Filesystem& files,
                                       const std::string& state_directory,
                                       UpdateReport& report);

/// Adds the snapshots of a store that the catalogue lacks, and reads those again that are at
/// another place by now or have other records. In a change that was begun. A snapshot that cannot
/// be read is told in the report. Errors: those of the catalogue; a store that cannot be listed.
[[nodiscard]] Result<void> add_store(Catalogue& catalogue,
                                     const KnownStore& known,
                                     UpdateReport& report);

}  // namespace backstay::runtime
