// RESTORE.txt: the commands that bring a snapshot back without Backstay, in the order of a restore.
// It is a shell script of tar, zstd, sha256sum, dd and the databases' clients; a test runs it.
#pragma once

#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// path   of the snapshot in the making
/// order  components as a restore brings them back; what it does not name comes last
[[nodiscard]] Result<std::string> restore_sheet(Filesystem& files,
                                                const std::string& path,
                                                const Manifest& manifest,
                                                const std::vector<std::string>& order);

/// A word for a POSIX shell, any bytes but NUL.
[[nodiscard]] std::string shell_quoted(std::string_view text);

}  // namespace backstay::runtime
