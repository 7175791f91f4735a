// The number of a snapshot: per (policy, host), always rising, whatever the clock does.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/store/store.hpp"

namespace backstay::runtime {

/// The newest snapshot of a policy on a host.
struct Predecessor {
  std::uint64_t sequence = 0;   ///< the highest in the store; 0: none
  std::string id;               ///< empty: none
  std::string manifest_digest;  ///< SHA-256 of its manifest.json, hexadecimal
};

[[nodiscard]] Result<Predecessor> find_predecessor(Filesystem& files,
                                                   const Store& store,
                                                   const std::string& policy,
                                                   const std::string& host);

struct PolicyHost {
  std::string policy;
  std::string host;
};

/// The highest number that this machine gave in a store; 0: none yet, or its state was lost.
[[nodiscard]] Result<std::uint64_t> high_water_mark(Filesystem& files,
                                                    const Directories& directories,
                                                    const Store& store,
                                                    const PolicyHost& owner);

/// One above both the store's highest and the high-water mark in the state directory, which is made
/// durable before the number is used. The caller holds the policy's lock.
[[nodiscard]] Result<std::uint64_t> next_sequence(Filesystem& files,
                                                  const Directories& directories,
                                                  const Store& store,
                                                  const PolicyHost& owner,
                                                  std::uint64_t highest_in_store);

/// The highest number of this writer among ids of snapshots; 0: none.
[[nodiscard]] std::uint64_t highest_of(const std::vector<std::string>& ids,
                                       const PolicyHost& owner);

/// From now on numbers in the store are above `known`, too: that of copies which a store that is
/// gone left elsewhere. With lower numbers what is made now would be older than they for every
/// reader. Whether that was news. The caller holds the policy's lock.
[[nodiscard]] Result<bool> number_above(Filesystem& files,
                                        const Directories& directories,
                                        const Store& store,
                                        const PolicyHost& owner,
                                        std::uint64_t known);

}  // namespace backstay::runtime
