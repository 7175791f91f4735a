// The papers of a sealed copy of an unsealed snapshot, wherever it goes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lang/base/result.hpp"
#include "lang/base/sha256.hpp"
#include "runtime/seal/sealer.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/store.hpp"

namespace backstay::runtime {

/// One file of the source in the copy.
struct SealedFile {
  std::string plain;  ///< path in the source
  Digest plain_digest{};
  std::string stored = {};  ///< path in the copy
  Digest digest{};
  std::uint64_t size = 0;
  bool linked = false;  ///< held there before
};

/// The path in the copy of a file that was sealed. A name made of a hash says what is in it, so a
/// sealed file bears the hash of its own bytes.
[[nodiscard]] std::string sealed_name(const std::string& plain, const Digest& sealed);

/// What the papers are made of, all of it from the source and compared with its SHA256SUMS.
struct CopyPapers {
  Manifest manifest;
  std::string manifest_text;
  std::string sheet;  ///< RESTORE.txt
  std::string plan;
  /// Of the copy of the predecessor, in the same store as this one; nothing where it is not there.
  std::optional<std::string> previous_manifest = {};
  /// What signs the copy, whose bytes are others than those that were signed; null: nothing does.
  std::shared_ptr<const StoreSigning> signing = {};
};

/// Name and bytes of all papers but SHA256SUMS; manifest.json comes last.
/// Errors: Verification (the sheet is not one of ours), those of Sealer::seal and
/// StoreSigning::sign.
[[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> seal_papers(
    const Sealer& sealer, const CopyPapers& papers, const std::vector<SealedFile>& files);

}  // namespace backstay::runtime
