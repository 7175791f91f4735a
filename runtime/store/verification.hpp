// Is a snapshot known to be intact? Every verification leaves a record, of a run or by hand, and so
// does a run that meets a rotten part; what they say together is decided here, for status, list,
// prune and report alike.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/store/store.hpp"
#include "runtime/store/verify.hpp"

namespace backstay::runtime {

/// What one verification found.
struct Verification {
  int level = 0;  ///< that was reached
  bool intact = false;
  std::string at = {};       ///< RFC 3339
  std::size_t problems = 0;  ///< that were found
  std::uint64_t read = 0;    ///< stored bytes
  std::string run = {};      ///< empty: by hand
  bool whole = true;         ///< all components were looked at
};

[[nodiscard]] Verification verification_of(const VerifyReport& report, const std::string& at);

/// What several say together, oldest first. Damage stands until the whole snapshot was found intact
/// at the same level or a higher one; else it is the newest of those that proved most.
[[nodiscard]] std::optional<Verification> standing(const std::vector<Verification>& found);

/// Where a result was kept.
enum class KeptAt : std::uint8_t {
  Store,  ///< beside the snapshot
  Host,   ///< in the state directory of this machine: the store is read-only, or another account's
  Nowhere,  ///< the last record says the same of the same day, or it proves nothing (intact at 0)
};

/// Keeps a result as a record of the store, made durable before it returns.
/// state  directory of this machine, for a store that cannot be written; empty: only in the store
[[nodiscard]] Result<KeptAt> keep_verification(Filesystem& files,
                                               const Store& store,
                                               const std::string& snapshot,
                                               const Verification& found,
                                               const std::string& state);

/// What is known of a snapshot; nothing: it was never looked at. state  as above
[[nodiscard]] std::optional<Verification> read_verification(Filesystem& files,
                                                            const Store& store,
                                                            const std::string& snapshot,
                                                            const std::string& state);

/// The same of a copy at a target beyond the directories of this machine: the records are in
/// `main`, the store that was copied, for the far side takes none.
[[nodiscard]] Result<KeptAt> keep_copy_verification(Filesystem& files,
                                                    const Store& main,
                                                    const std::string& snapshot,
                                                    const std::string& target,
                                                    const Verification& found);
/// since  RFC 3339 of the copy's receipt: what is older is of a copy that was made anew
[[nodiscard]] std::optional<Verification> read_copy_verification(Filesystem& files,
                                                                 const Store& main,
                                                                 const std::string& snapshot,
                                                                 const std::string& target,
                                                                 const std::string& since);

/// Whether damage is known.
[[nodiscard]] inline bool is_damaged(const std::optional<Verification>& known) {
  return known && !known->intact;
}

}  // namespace backstay::runtime
