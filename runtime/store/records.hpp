// Write-once records beside the snapshots: STORE/records/SNAPSHOT/KIND-N.json.
#pragma once

#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/store/store.hpp"

namespace backstay::runtime {

/// Writes the next record of a kind (`verify`, `run`) and makes it durable; signs it where this
/// host's configuration says so (KIND-N.json.sig beside it).
/// json  an object; stored canonically. Returns the path.
[[nodiscard]] Result<std::string> write_record(Filesystem& files,
                                               const Store& store,
                                               const std::string& snapshot,
                                               const std::string& kind,
                                               const std::string& json);

/// The records of a kind for a snapshot, oldest first, as they were written. None is no error.
/// Where this host believes signed ones only, others are left out.
[[nodiscard]] Result<std::vector<std::string>> read_records(Filesystem& files,
                                                            const Store& store,
                                                            const std::string& snapshot,
                                                            const std::string& kind);

}  // namespace backstay::runtime
