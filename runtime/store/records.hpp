// Write-once records beside the snapshots: STORE/records/SNAPSHOT/KIND-N.json.
#pragma once

#include <string>

#include "lang/base/result.hpp"
#include "runtime/store/store.hpp"

namespace backstay::runtime {

/// Writes the next record of a kind (`verify`, `run`) and makes it durable.
/// json  an object; stored canonically. Returns the path.
[[nodiscard]] Result<std::string> write_record(Filesystem& files,
                                               const Store& store,
                                               const std::string& snapshot,
                                               const std::string& kind,
                                               const std::string& json);

}  // namespace backstay::runtime
