// Signed snapshots: manifest.json.sig signs the manifest, whose `contents` is the hash of
// SHA256SUMS without these two, so the signature covers every byte of the snapshot.
//
// By hand:
//   grep -v '  manifest.json' SHA256SUMS | sha256sum      the `contents` of manifest.json
//   ssh-keygen -Y verify -f SIGNERS -I HOST -n backstay-snapshot -s manifest.json.sig
//   <manifest.json
#pragma once

#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/signing/store_signing.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/store.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/store/sums.hpp"

namespace backstay::runtime {

inline constexpr std::string_view kManifestSignature = "manifest.json.sig";

/// What `contents` of a manifest must be; takes no notice of manifest and signature.
[[nodiscard]] std::string contents_of(const Sums& sums);

/// The papers of a snapshot as they were read.
struct ReadPapers {
  const std::string& manifest_text;
  const Manifest& manifest;
  const Sums& sums;
};

/// Whether a snapshot was signed by its own host. Nothing is asked where the store's host believes
/// everything. path  of the snapshot. Errors: Refused with what is wrong, Io, ToolMissing.
[[nodiscard]] Result<void> check_snapshot_signature(Filesystem& files,
                                                    const Store& store,
                                                    const std::string& path,
                                                    const ReadPapers& papers);

/// The same for a snapshot by its id, reading its papers.
[[nodiscard]] Result<void> check_snapshot_signature(Filesystem& files,
                                                    const Store& store,
                                                    const std::string& id);

/// Gives every snapshot that is newer than the newest that is complete and signed a `problem` where
/// its signature is not good, so that no caller takes it for a point. Newest first, as
/// list_snapshots() gives them, of one history.
void flag_unsigned(Filesystem& files, const Store& store, std::vector<SnapshotSummary>& snapshots);

/// Whether this host can write what it would believe, tried with a probe: before a run's first side
/// effect. Errors: Refused, Credentials, ToolMissing.
[[nodiscard]] Result<void> check_can_sign(const Store& store, const std::string& host);

}  // namespace backstay::runtime
