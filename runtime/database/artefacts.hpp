// Artefacts of a snapshot as a restore of databases needs them: whole in memory, or as plain files.
#pragma once

#include <string>

#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// Reads a whole artefact into memory: code and accounts, never rows.
[[nodiscard]] Result<std::string> read_artefact(StepContext& context,
                                                const std::string& component,
                                                const std::string& stream);

/// Writes an artefact to a new file, 0600, and lists it among what the restore kept.
[[nodiscard]] Result<void> copy_artefact(StepContext& context,
                                         const std::string& component,
                                         const std::string& stream,
                                         const std::string& path);

/// The Error for a component that is asked for and not in the snapshot.
[[nodiscard]] Error not_in_snapshot(const std::string& component);

}  // namespace backstay::runtime
