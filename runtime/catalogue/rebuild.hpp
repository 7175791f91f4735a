// Making the catalogue anew, after it or the whole machine was lost: from the reports of this
// machine, as far as they are left, and from stores.
#pragma once

#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/catalogue/update.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

struct RebuildReport {
  std::size_t runs = 0;              ///< in the new catalogue
  std::size_t snapshots = 0;         ///< in the new catalogue
  std::string set_aside;             ///< where a damaged one went; empty: none was damaged
  std::vector<std::string> unknown;  ///< what could not be read, and what nobody can tell any more
};

/// Written aside and renamed: until the end the old one stays, and afterwards the new one is whole.
/// Runs may go on meanwhile; what they add is in it. A store that cannot be read is told in the
/// report. Errors: Refused (what lies there is a newer catalogue, or none of ours), Busy, NoSpace,
/// Io.
[[nodiscard]] Result<RebuildReport> rebuild_catalogue(World& world,
                                                      const std::vector<KnownStore>& stores);

}  // namespace backstay::runtime
