// The one rename that makes a snapshot: of a run's commit and of a copy alike.
#pragma once

#include <string>

#include "lang/base/result.hpp"
#include "runtime/store/store.hpp"

namespace backstay::runtime {

/// What became of a staging whose snapshot could not be made durable.
enum class Published : std::uint8_t {
  Durable,    ///< the snapshot is there, and will be after a power cut
  Withdrawn,  ///< it is in staging/ again, and must be left to the next run's recovery
};

struct Publication {
  Published state = Published::Durable;
  Result<void> outcome;  ///< why it was withdrawn
};

/// Gives a whole and durable staging its name below snapshots/: one rename that replaces nothing,
/// then fsync of both directories. An Error: nothing was renamed, the staging may be removed.
[[nodiscard]] Result<Publication> publish_staging(Filesystem& files,
                                                  const Store& store,
                                                  const std::string& staging,
                                                  const std::string& id);

/// Makes what an earlier run renamed, and died before it was durable, as safe as a commit: for who
/// finds a snapshot already there.
[[nodiscard]] Result<void> make_names_durable(Filesystem& files, const Store& store);

}  // namespace backstay::runtime
