// Level 2 of one component: everything is decoded and compared with the file list and the manifest.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/stored_hashes.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

struct ContentReport {
  std::vector<std::string> problems;
  std::uint64_t files = 0;  ///< compared with their hash
};

/// Memory is 16 bytes for each file.
struct ContentCheck {
  Filesystem& files;
  std::string directory;  ///< of the component
  const ManifestComponent& component;
  StoredHashes* hashes = nullptr;  ///< learns those of the archives and segments that are decoded
  std::stop_token stop;

  /// Damage is a value; Errors are what kept us from looking.
  [[nodiscard]] Result<ContentReport> run() const;
};

}  // namespace backstay::runtime
