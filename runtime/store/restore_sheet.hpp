// RESTORE.txt: the commands that bring a snapshot back without Backstay, in the order of a restore.
// It is a shell script of tar, zstd, sha256sum, dd and the databases' clients; a test runs it.
#pragma once

#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// What the commands of one component need to know.
struct SheetComponent {
  const ManifestComponent* manifest = nullptr;
  std::string source = {};  ///< what component.json says
  bool packs = false;
  bool large_archive = false;
  std::string large_commands = {};  ///< where that is there
  bool meta_archive = false;

  /// Hears of a part in its directory.
  void note(const std::string& part);
};

/// path   of the snapshot in the making
/// order  components as a restore brings them back; what it does not name comes last
[[nodiscard]] Result<std::string> restore_sheet(Filesystem& files,
                                                const std::string& path,
                                                const Manifest& manifest,
                                                const std::vector<std::string>& order);

/// The first lines: which snapshot, and what is not in it.
[[nodiscard]] std::string sheet_title(const Manifest& manifest);

/// What names the content of a snapshot: the sheet without its beginning.
[[nodiscard]] std::string restore_commands(std::vector<SheetComponent> components,
                                           const std::vector<std::string>& order);
/// The same of a sheet that was written; empty where it is none of ours.
[[nodiscard]] std::string commands_of_sheet(const std::string& sheet);

}  // namespace backstay::runtime
