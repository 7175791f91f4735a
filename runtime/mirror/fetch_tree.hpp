// Bringing a mirror or a replica back: every file is compared with the sheet before anything gets
// its name here.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/mirror/far_place.hpp"
#include "runtime/mirror/tree_sheet.hpp"

namespace backstay::runtime {

struct FetchReport {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::vector<std::string> notes;  ///< what could not be put back exactly
};

/// Fetches the files of a sheet from `directory` there, makes directories and links, puts owners,
/// modes, times and ACLs back, and gives the whole the name `to` in one rename; until then it lies
/// beside as `TO.backstay-fetch`, which a next call begins anew. `to` must not be there, or be an
/// empty directory. What is gone in the source is left out. Errors: Usage (`to` holds something),
/// Verification, NoSpace, those of the connection.
[[nodiscard]] Result<FetchReport> fetch_tree(World& world,
                                             const FarPlace& place,
                                             const std::string& directory,
                                             const TreeSheet& sheet,
                                             const std::string& to,
                                             const MoveProgress& progress,
                                             const std::stop_token& stop);

}  // namespace backstay::runtime
