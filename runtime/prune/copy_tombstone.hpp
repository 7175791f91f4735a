// The word about a copy that a prune took away from a target beyond this machine's directories: a
// record `copy-tombstone` in the store that was copied, beside the receipt of the copy.
#pragma once

#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/prune/trash.hpp"
#include "runtime/store/store.hpp"
#include "runtime/target/copy_to_target.hpp"

namespace backstay::runtime {

/// Its kind. Not `tombstone`: the snapshot itself stays where the record is.
inline constexpr const char* kCopyTombstoneRecord = "copy-tombstone";

[[nodiscard]] Result<void> write_copy_tombstone(Filesystem& files,
                                                const Store& source,
                                                const Tombstone& tombstone,
                                                const std::string& manifest_sha256);

/// The last one about a snapshot at a target; nothing where there is none that can be read.
[[nodiscard]] std::optional<Tombstone> last_copy_tombstone(Filesystem& files,
                                                           const Store& source,
                                                           const std::string& snapshot,
                                                           const std::string& target);

/// The last receipt of a snapshot's copy at a target; nothing where no copy was ever proven there.
[[nodiscard]] std::optional<Receipt> last_receipt(Filesystem& files,
                                                  const Store& source,
                                                  const std::string& snapshot,
                                                  const std::string& target);

/// Whether the records say that a proven copy is there: a receipt, and no word since that it went.
[[nodiscard]] bool has_copy(Filesystem& files,
                            const Store& source,
                            const std::string& snapshot,
                            const std::string& target);

}  // namespace backstay::runtime
