// Holds: a point that must stay, with the reason, until a day or until it is let go.
//
// Records of the store, written once: the last one of a snapshot decides.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/store/store.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::runtime {

struct Hold {
  std::string snapshot;
  std::string because;
  std::string until = {};  ///< RFC 3339, UTC; empty: until it is let go
  std::string at = {};     ///< when it was said
};

/// Whether a hold still holds. One whose end cannot be read has none.
[[nodiscard]] bool holds(const Hold& hold, std::chrono::sys_seconds now);

/// The hold of a snapshot; nothing where there is none or it was let go. Errors: Io, BadInput
/// (then the snapshot must stay).
[[nodiscard]] Result<std::optional<Hold>> read_hold(Filesystem& files,
                                                    const Store& store,
                                                    const std::string& snapshot);

/// All snapshots of a store that are held now, by id.
[[nodiscard]] Result<std::vector<Hold>> list_holds(Filesystem& files,
                                                   Clock& clock,
                                                   const Store& store);

/// Holds a snapshot; an earlier hold of it is replaced. When it returns, no prune takes the
/// snapshot. Errors: NotFound (not in the store, or in its trash), Busy (a prune takes it at this
/// moment), Usage (no reason), Io.
[[nodiscard]] Result<void> hold_snapshot(Filesystem& files,
                                         Clock& clock,
                                         const Store& store,
                                         const Hold& hold);

/// Lets a snapshot go, which is a record too. Errors: NotFound (it is not held), Usage (no reason),
/// Io.
[[nodiscard]] Result<void> let_go(Filesystem& files,
                                  Clock& clock,
                                  const Store& store,
                                  const std::string& snapshot,
                                  const std::string& because);

}  // namespace backstay::runtime
