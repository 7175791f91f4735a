// Points in a directory that bear the name of this host and were not made on this machine.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/store/sequence.hpp"
#include "runtime/store/store.hpp"

namespace backstay::runtime {

/// Those in `store` that are newer than the last one that this machine made there: a clone made
/// them, or the state of this one was set back. Copies of what another store holds are not meant.
/// Nothing where this machine made none yet: a state that was lost tells nothing.
/// The caller holds the policy's lock.
[[nodiscard]] Result<std::vector<std::string>> find_points_of_another_machine(
    Filesystem& files, const Directories& directories, const Store& store, const PolicyHost& owner);

/// Where such points are noted, for good: whoever removes the file takes them for this machine's.
[[nodiscard]] std::string points_of_another_machine_file(const Directories& directories,
                                                         const std::string& store_uuid,
                                                         const PolicyHost& owner);

/// Errors: Io.
[[nodiscard]] Result<std::set<std::string>> read_points_of_another_machine(
    Filesystem& files,
    const Directories& directories,
    const std::string& store_uuid,
    const PolicyHost& owner);

/// Adds to what is noted; what is no longer in the store is forgotten.
[[nodiscard]] Result<void> note_points_of_another_machine(Filesystem& files,
                                                          const Directories& directories,
                                                          const Store& store,
                                                          const PolicyHost& owner,
                                                          const std::vector<std::string>& ids);

/// What a run says of them.
[[nodiscard]] std::string points_of_another_machine_text(const Directories& directories,
                                                         const Store& store,
                                                         const PolicyHost& owner,
                                                         const std::vector<std::string>& ids);

}  // namespace backstay::runtime
