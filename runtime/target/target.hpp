// A place for copies of snapshots, whatever carries them there: the one interface of all drivers.
//
// A driver moves files and says what is there; what a copy is, when it is complete and who believes
// whom is decided once for all of them, in copy_to_target(). So a driver never needs to be trusted:
// only evidence of every file makes a receipt.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "lang/base/sha256.hpp"

namespace backstay::runtime {

/// One file of a copy.
struct Artefact {
  std::string path;  ///< relative to the snapshot, as in SHA256SUMS: `data/nova.etc/HASH.tar.zst`
  Digest sha256{};   ///< of its stored bytes
  std::uint64_t size = 0;
  /// Where its bytes lie here, absolute; empty: they are not here, and an earlier copy there holds
  /// them (a sealed part of a copy that is sealed on its way).
  std::string from = {};
};

/// A copy on its way. One writer a (policy, host): parts are shared within one only.
struct Upload {
  std::string snapshot;  ///< whole id
  std::string policy;
  std::string host;
  std::vector<Artefact> artefacts;  ///< all that SHA256SUMS lists but manifest.json; by path
  Artefact sums;                    ///< SHA256SUMS
  Artefact manifest;                ///< manifest.json, which goes last

  [[nodiscard]] std::string writer() const { return policy + "@" + host; }
};

/// What the far side holds of a copy: path to the size and hash of the bytes that lie there, read
/// there or read back from there for this question, never remembered from what was sent.
struct StoredFile {
  Digest sha256{};
  std::uint64_t size = 0;

  friend bool operator==(const StoredFile&, const StoredFile&) = default;
};

struct CopyEvidence {
  std::map<std::string, StoredFile> files;
  std::string how;  ///< for the receipt: `hashed by the receiver`, `read back`
};

/// Which store a target is. Registered on each host that writes to it; see registration.hpp.
struct TargetIdentity {
  std::string uuid;
  /// Whether who has our login can delete there: then the policy must not promise otherwise.
  bool deletable_by_us = true;
};

/// Who writes copies: parts are shared within one writer only, and so is what removal looks at.
struct CopyWriter {
  std::string policy;
  std::string host;

  [[nodiscard]] std::string name() const { return policy + "@" + host; }
};

/// A copy that goes, and why: where the far side keeps records, they say so.
struct Removal {
  CopyWriter writer;
  std::string backup;
  std::string target;  ///< name in the plan
  std::string snapshot;
  std::vector<std::string> because = {};
  std::string decision = {};  ///< digest of the decision that it is of
};

/// A copy that was marked as removed and still lies there.
struct RemovedCopy {
  std::string snapshot;
  std::chrono::system_clock::time_point at;
};

/// What is to leave for good.
struct Sweep {
  CopyWriter writer;
  std::set<std::string> snapshots;  ///< of those that are marked
  std::chrono::system_clock::time_point marked_before;
};

/// A record of the far side's store that a copy of it lies proven somewhere else.
struct ReceiptThere {
  std::string snapshot;
  std::string json;
};

/// Bytes that are there, of those that are to be moved.
using MoveProgress = std::function<void(std::uint64_t)>;

/// Calls may take long; each ends soon after `stop`, and no later than a stall of the driver's own
/// deadline. Not thread-safe. Errors of all: Timeout (a stalled peer), Io (a cut line; temporary),
/// NoSpace, Credentials (not let in), Refused (another store, an unknown host key), Interrupted,
/// ToolMissing, BadInput (what came back makes no sense).
class TargetDriver {
 public:
  virtual ~TargetDriver() = default;

  /// For messages: `backup@vault.example.org:/srv/archive`.
  [[nodiscard]] virtual std::string describe() const = 0;

  /// Makes the store at the far side, or takes one that is there.
  [[nodiscard]] virtual Result<TargetIdentity> init(const std::stop_token& stop) = 0;
  /// NotFound where there is no store.
  [[nodiscard]] virtual Result<TargetIdentity> identity(const std::stop_token& stop) = 0;

  /// Ids of the copies whose manifest is there, sorted. What is on its way is not among them; nor
  /// is anything whose name is no snapshot's (layout::is_plain_name, layout::sequence_of).
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::stop_token& stop) = 0;

  /// Gets ready for an upload and says which of its artefacts are missing there: neither in a
  /// complete copy of the same writer nor left by an upload that was cut short. Idempotent; may be
  /// asked again with other artefacts for the same snapshot. Makes nothing visible.
  [[nodiscard]] virtual Result<std::set<std::string>> prepare(const Upload& upload,
                                                              const std::stop_token& stop) = 0;
  /// Moves these artefacts, all of which have a `from`. Resumes; whatever was cut short is taken up
  /// by the next prepare() and put(). Returns the bytes that crossed the border.
  [[nodiscard]] virtual Result<std::uint64_t> put(const Upload& upload,
                                                  const std::vector<Artefact>& parts,
                                                  const MoveProgress& progress,
                                                  const std::stop_token& stop) = 0;
  /// What lies there of upload.artefacts after put(), all of it, linked parts too; also of a copy
  /// that is complete (nothing of it is changed). A file that is not there is not in the evidence;
  /// that is no error. A file that is broken there is removed or overwritten by the next prepare()
  /// and put(), so that trying again mends it.
  [[nodiscard]] virtual Result<CopyEvidence> prove(const Upload& upload,
                                                   const std::stop_token& stop) = 0;
  /// Puts SHA256SUMS and then the manifest, and makes the copy visible. Called only when prove()
  /// was compared with every artefact. Replaces nothing.
  [[nodiscard]] virtual Result<void> commit(const Upload& upload, const std::stop_token& stop) = 0;

  /// Fetches files of a complete copy into `directory` (absolute, there), below their paths,
  /// replacing what is there. The caller compares them with SHA256SUMS. NotFound names the first
  /// that is not there. Empty `paths`: manifest.json and SHA256SUMS only.
  [[nodiscard]] virtual Result<void> get(const std::string& snapshot,
                                         const std::vector<std::string>& paths,
                                         const std::string& directory,
                                         const std::stop_token& stop) = 0;

  /// Fetches the manifests of copies to DIRECTORY/ID/manifest.json, in few calls where it can; a
  /// copy that is gone by now is left out.
  [[nodiscard]] virtual Result<void> manifests(const std::vector<std::string>& ids,
                                               const std::string& directory,
                                               const std::stop_token& stop);

  /// What the far side copied on, of these copies there. Nothing where it copies nothing on.
  [[nodiscard]] virtual Result<std::vector<ReceiptThere>> receipts(
      const std::vector<std::string>& ids, const std::stop_token& stop);

  /// Removal in two phases, for retention. All four are Refused where our login cannot delete, with
  /// what is to be changed there for it.
  /// The copies of a writer that are marked and not swept yet, by id.
  [[nodiscard]] virtual Result<std::vector<RemovedCopy>> removed(const CopyWriter& writer,
                                                                 const std::stop_token& stop);
  /// Marks a complete copy: in one step it is no longer listed, linked from or counted, and lies
  /// there whole. Errors: also Busy (held there, or being read).
  [[nodiscard]] virtual Result<void> mark_removed(const Removal& removal,
                                                  const std::stop_token& stop);
  /// Takes a mark back: the copy is listed again. NotFound where it is not marked.
  [[nodiscard]] virtual Result<void> bring_back(const CopyWriter& writer,
                                                const std::string& snapshot,
                                                const std::stop_token& stop);
  /// Deletes copies for good that were marked before an instant, and what no other copy of the
  /// writer needs, after listing again. May be cut short anywhere and asked again. Returns the ids
  /// that are gone.
  [[nodiscard]] virtual Result<std::vector<std::string>> sweep(const Sweep& sweep,
                                                               const std::stop_token& stop);
};

}  // namespace backstay::runtime
