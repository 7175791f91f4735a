// A store: a directory with a FORMAT file, made once by `store init` and registered on each host
// that may write to it. A run never makes one, so an unmounted disk is never filled.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/system/environment.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// The format that this version writes; a newer major is refused.
inline constexpr int kStoreMajor = 1;

class StoreSigning;  // runtime/signing/store_signing.hpp: whose snapshots are believed

/// An open store. Holds no descriptor; cheap to copy.
struct Store {
  std::string path;   ///< absolute
  std::string uuid;   ///< 36 characters
  bool links = true;  ///< hard links work there; else every snapshot is a full copy
  std::shared_ptr<const StoreSigning> signing = {};  ///< as this host's configuration says
  bool created = false;  ///< by this call of init_store; else it was there and was only registered
};

/// Makes a store at `path` (absolute; the directory may exist when it is empty), or takes one that
/// is there already, and registers it in `directories.config`/targets/`target`. Probes what the
/// commit needs: hard links, rename without replacing, fsync. Errors: Refused for a directory that
/// holds something else or a file system that cannot do it, BadInput for a newer store, Io.
[[nodiscard]] Result<Store> init_store(Filesystem& files,
                                       const Directories& directories,
                                       const std::string& path,
                                       const std::string& target);

/// Opens the store of a target that is registered on this host.
/// Errors: Refused where FORMAT is absent, where the target is not registered, or where the store
/// has another UUID than was registered; BadInput for a foreign or newer FORMAT.
[[nodiscard]] Result<Store> open_store(Filesystem& files,
                                       const plan::Target& target,
                                       const Directories& directories);

/// Opens a store by its path alone, for reading on a machine where it was never registered.
/// directories  of this machine: they say whose snapshots it believes
[[nodiscard]] Result<Store> open_store_for_reading(Filesystem& files,
                                                   const std::string& path,
                                                   const Directories& directories);

}  // namespace backstay::runtime
