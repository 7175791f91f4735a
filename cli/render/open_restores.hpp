// Restores of this machine that are neither committed nor undone: what `status` says first and
// `logs` with its runs.
#pragma once

#include <string>
#include <vector>

#include "runtime/restore/restore_record.hpp"

namespace backstay::cli {

/// Neither committed nor undone, incomplete ones first; of `policies` only (empty: all).
[[nodiscard]] std::vector<runtime::RecordContent> open_restores(
    const std::string& state_directory, const std::vector<std::string>& policies);

[[nodiscard]] bool is_incomplete(const runtime::RecordContent& restore);

/// A few lines each, with the commands that go on; empty for none.
[[nodiscard]] std::string open_restores_text(const std::vector<runtime::RecordContent>& restores);
/// The same as text of a JSON array.
[[nodiscard]] std::string open_restores_json(const std::vector<runtime::RecordContent>& restores);

}  // namespace backstay::cli
