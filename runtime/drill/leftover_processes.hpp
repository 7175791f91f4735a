// Processes that a killed drill left: found by the path of its sandbox in their arguments.
#pragma once

#include <string>

namespace backstay::runtime {

/// Ends every process that was started with a path below `directory`, by its own descriptor, so
/// that no number that another process got since is meant; waits until they are gone, at most ten
/// seconds. Never this process itself.
void end_leftover_processes(const std::string& directory);

}  // namespace backstay::runtime
