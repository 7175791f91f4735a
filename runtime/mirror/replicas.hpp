// The same files on every host of a group, beside the live ones (language.md, section 4: rings and
// builder files of Swift).
//
// On each host, below /var/lib/backstay/replicas/SERVICE/PATH:
//   current → RUN            a link, exchanged in one rename once all of RUN is proven there
//   RUN/files/               the files, by their names; modes 0600 and 0700
//   RUN/SHA256SUMS, sheet    their hashes (for `sha256sum -c`), and owners, modes, times and links
// The one before stays; older ones go.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/mirror/far_place.hpp"
#include "runtime/mirror/tree_sheet.hpp"

namespace backstay::runtime {

inline constexpr const char* kReplicas = "/var/lib/backstay/replicas";

/// RUN is a plain name.
[[nodiscard]] std::string replica_directory(const FarPlace& place,
                                            const std::string& service,
                                            const std::string& path);

/// Lines as `sha256sum` writes them, NUL and newlines in names escaped as it does.
[[nodiscard]] std::string sums_of(const TreeSheet& sheet);

/// What a host has. Errors: those of the connection.
enum class ReplicaState : std::uint8_t { None, Other, Same };
[[nodiscard]] Result<ReplicaState> look_at_replica(const FarPlace& place,
                                                   const std::string& directory,
                                                   const TreeSheet& sheet,
                                                   const std::stop_token& stop);

/// Puts a tree on one host and proves every file there, also of a replica that was there already.
/// Until its last rename the host has what it had. Errors: Verification, those of the connection.
[[nodiscard]] Result<void> replicate_tree(const FarPlace& place,
                                          const std::string& directory,
                                          const TreeReading& reading,
                                          const std::string& run,
                                          const std::stop_token& stop);

/// The sheet of what a host has. Errors: NotFound, BadInput, those of the connection.
[[nodiscard]] Result<TreeSheet> read_replica_sheet(const FarPlace& place,
                                                   const std::string& directory,
                                                   const std::stop_token& stop);

}  // namespace backstay::runtime
