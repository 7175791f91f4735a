// Where a target is: a directory of a declared host, or what the text of a remote one names.
//
// Two targets on one machine are lost together, whatever they are reached by, so the machine is
// read out of the text as far as it can be.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/model/policy.hpp"

namespace backstay::compiler {

/// Where a target is, as far as its text says.
struct TargetPlace {
  bool on_each_host = false;       ///< on every host that is backed up to it
  std::optional<Index> host = {};  ///< → hosts; also one that the text names, by name or address
  std::string machine = {};        ///< what the text names if that is no declared host: `swift-dc2`
  std::string path = {};           ///< absolute path on that machine; empty where it is none
};

/// What the text of a remote target says: `user@host:/path`, `remote:path`, `sftp:user@host:/path`.
struct RemoteText {
  bool local = false;  ///< a path of the machine that runs the backup
  std::string machine = {};
  std::string path = {};  ///< empty where it is not absolute
};

/// Reads the text of a remote target. A form that is not known is a machine by itself.
[[nodiscard]] RemoteText read_remote(TargetKind kind, const std::string& text);

/// One a target, parallel to Policy::targets.
[[nodiscard]] std::vector<TargetPlace> target_places(const Policy& policy);

/// The outermost site that holds this one: sites that lie in one fail together.
[[nodiscard]] std::optional<Index> root_site(const Policy& policy,
                                             const std::optional<Reference>& site);

/// The site of a target as seen from a host that is backed up to it: its own, else its host's.
[[nodiscard]] std::optional<Reference> site_of(const Policy& policy,
                                               const Target& target,
                                               const TargetPlace& place,
                                               Index live_host);

/// Targets of a backup's copies that lie on a host, received there, after each run: what it can
/// copy on.
[[nodiscard]] std::vector<Index> held_at(const Policy& policy,
                                         const std::vector<TargetPlace>& places,
                                         const Backup& backup,
                                         Index host);

/// Where a copy `through` a host is read from; nothing for another one, or where it is not clear.
[[nodiscard]] std::optional<Index> source_of(const Policy& policy,
                                             const std::vector<TargetPlace>& places,
                                             const Backup& backup,
                                             const CopyFact& copy);

/// Is the target on another machine than that host?
[[nodiscard]] bool is_away_from(const TargetPlace& place, Index live_host);

}  // namespace backstay::compiler
