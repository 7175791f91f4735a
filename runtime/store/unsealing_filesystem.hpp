// Sealed snapshots as if they were not sealed, for all that reads snapshots: below the path
// `layout::unsealed(SNAPSHOT)` are the files that were sealed, under their names; reading one opens
// it with age. Every other path is what it is, so stored bytes are still looked at as they lie.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "runtime/seal/unsealer.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// Thread-safe. A file is opened and proven as a whole when it is opened for reading, in memory.
class UnsealingFilesystem final : public Filesystem {
 public:
  /// unsealer  none: what is sealed is an Error of kind Credentials that names its recipients
  explicit UnsealingFilesystem(Filesystem& below, std::optional<Unsealer> unsealer = {})
      : below_(below), unsealer_(std::move(unsealer)) {}

  Result<std::unique_ptr<File>> open_read(const std::string& path) override;
  /// Of a sealed file: that of the file it lies in, whose size is larger.
  Result<FileStatus> status(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;

  Result<std::unique_ptr<File>> create(const std::string& path, std::uint32_t mode) override;
  Result<std::unique_ptr<File>> open_append(const std::string& path) override;
  Result<void> make_directory(const std::string& path, std::uint32_t mode) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<std::unique_ptr<File>> lock_directory(const std::string& path) override;
  Result<void> rename_no_replace(const std::string& from, const std::string& to) override;
  Result<void> rename_replace(const std::string& from, const std::string& to) override;
  Result<LinkOutcome> link(const std::string& from, const std::string& to) override;
  Result<void> unlink(const std::string& path) override;
  Result<void> remove_directory(const std::string& path) override;
  Result<void> change_mode(const std::string& path, std::uint32_t mode) override;
  Result<SpaceStatus> space(const std::string& path) override;

  /// Whether it can open anything at all.
  [[nodiscard]] bool has_identity() const { return unsealer_.has_value(); }

 private:
  // A path of ours, cut where the snapshot ends.
  struct Place {
    std::string snapshot;
    std::string below;  // relative; empty: the snapshot itself
  };

  // What is known of a sealed snapshot.
  struct Snapshot {
    SealKey key;
    bool copy = false;
    std::map<std::string, std::string> names;  // of a copy: name inside → stored name
  };

  [[nodiscard]] static std::optional<Place> place_of(const std::string& path);
  Result<std::shared_ptr<const Snapshot>> snapshot(const std::string& path);
  Result<Snapshot> look_at(const std::string& path);
  /// Where a file inside is stored.
  Result<std::string> stored(const Place& place);
  Result<std::unique_ptr<File>> open_sealed(const std::string& path, const SealKey& key);

  Filesystem& below_;
  std::optional<Unsealer> unsealer_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Snapshot>> snapshots_;
};

/// Where what a snapshot holds is read: its own path, or, of a sealed one, its unsealed one.
/// path  of the snapshot
[[nodiscard]] std::string readable_path(const std::string& path, const Manifest& manifest);

/// The manifest of a snapshot with its details, which are sealed in a sealed one.
/// manifest  what stands in the clear
/// Errors: Credentials (`files` is no UnsealingFilesystem with an identity that opens it),
/// Verification, BadInput, Io.
[[nodiscard]] Result<Manifest> whole_manifest(Filesystem& files,
                                              const std::string& path,
                                              const Manifest& manifest);

/// One line of `names.txt`: a sealed file and the file that it is, both relative to the snapshot.
[[nodiscard]] std::string names_line(const std::string& stored, const std::string& plain);

}  // namespace backstay::runtime
