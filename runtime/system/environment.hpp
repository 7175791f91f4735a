// Where Backstay keeps its own files, and who this machine is.
#pragma once

#include <string>

#include "lang/base/result.hpp"

namespace backstay::runtime {

/// Directories of an installation. flags > BACKSTAY_* > systemd's *_DIRECTORY > system (root) or
/// XDG.
struct Directories {
  std::string config;  ///< /etc/backstay: targets/NAME
  std::string state;   ///< /var/lib/backstay: journals, high-water marks
  std::string locks;   ///< /run/backstay
};

struct DirectoryFlags {
  std::string config;  ///< empty: not given
  std::string state;
};

[[nodiscard]] Directories find_directories(const DirectoryFlags& flags);

/// The machine's host name up to the first dot.
[[nodiscard]] std::string host_name();
/// Absolute path of this program, also where it was replaced since it started. Errors: Io.
[[nodiscard]] Result<std::string> own_program();
/// /proc/sys/kernel/random/boot_id, or empty.
[[nodiscard]] std::string boot_id();
/// 8 random hexadecimal digits from the kernel.
[[nodiscard]] std::string random_hex8();

}  // namespace backstay::runtime
