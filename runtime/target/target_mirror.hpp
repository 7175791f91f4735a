// A target beyond the directories of this machine, read as if it were a store here: what is asked
// for is fetched, compared with SHA256SUMS, and kept for as long as the reader lives.
//
// So whatever reads a store (list, ls, verify, restore, drill) reads a target with the same code.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/store/sums.hpp"
#include "runtime/system/filesystem.hpp"
#include "runtime/target/scratch_directory.hpp"
#include "runtime/target/target.hpp"

namespace backstay::runtime {

/// How much of a component a reader will want, once it wants some of it.
enum class Wanted : std::uint8_t {
  Some,   ///< a few parts are fetched at a time
  Whole,  ///< all of it at once
};

/// Thread-safe. Needs room in the state directory for what is read; it is given back at the end.
class TargetMirror final : public Filesystem {
 public:
  /// Lists the target and fetches the manifests. `world` and `driver` must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<TargetMirror>> open(World& world,
                                                                  TargetDriver& driver,
                                                                  const TargetIdentity& identity,
                                                                  std::stop_token stop);

  /// Where the store seems to be.
  [[nodiscard]] const std::string& store() const { return store_; }

  void expect(Wanted wanted) { wanted_ = wanted; }

  Result<std::unique_ptr<File>> open_read(const std::string& path) override;
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

 private:
  struct Snapshot {
    Sums sums;
    std::uint64_t stored_bytes = 0;  ///< as the manifest says
  };

  // A path in a snapshot of ours.
  struct Place {
    std::string id;
    std::string below;  ///< relative; empty: the snapshot itself
  };

  TargetMirror(World& world, TargetDriver& driver, ScratchDirectory scratch, std::stop_token stop)
      : below_(world.files),
        driver_(driver),
        scratch_(std::move(scratch)),
        store_(scratch_.path() + "/store"),
        stop_(std::move(stop)) {}

  Result<void> begin(const TargetIdentity& identity);
  [[nodiscard]] std::optional<Place> place_of(const std::string& path) const;
  /// Makes sure that a file is here; nothing for a path that is none of a snapshot's files.
  Result<void> fetch(const std::string& path);
  Result<const Snapshot*> snapshot(const std::string& id);
  Result<void> fetch_file(const Place& place);
  Result<void> get(const std::string& id,
                   const std::vector<std::string>& paths,
                   const std::string& directory);
  Result<void> fetch_batch(const std::string& id, const std::vector<std::string>& paths);
  [[nodiscard]] std::vector<std::string> batch_of(const Snapshot& snapshot, const Place& place);
  Result<void> check_room(const Snapshot& snapshot);
  Result<bool> take_from_another(const std::string& path, const Digest& digest);

  Filesystem& below_;
  TargetDriver& driver_;
  ScratchDirectory scratch_;
  std::string store_;
  std::stop_token stop_;
  Wanted wanted_ = Wanted::Some;
  std::mutex mutex_;
  std::map<std::string, Snapshot> snapshots_;
  std::map<Digest, std::string> here_;  // compared with its hash
};

}  // namespace backstay::runtime
