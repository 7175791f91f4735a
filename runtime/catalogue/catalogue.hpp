// The catalogue: every run and snapshot that this machine knows of, in one SQLite file.
//
// A cache of what stores and reports say, made to be asked over months at once. No decision reads
// it: `status`, `prune` and restores ask the stores. So it may be lost, and its failure costs no
// backup; `backstay catalogue rebuild` makes it anew.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/catalogue/catalogue_rows.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// Which rows; an empty field means all.
struct CatalogueQuery {
  std::string policy = {};
  std::string backup = {};
  std::string host = {};
  std::string what = {};   ///< of runs: `backup`, `restore`, `drill`
  std::string store = {};  ///< of snapshots: UUID
  std::string from = {};   ///< started then or later
  std::string until = {};  ///< started before
};

/// An open catalogue. Not thread-safe; any number of processes may have one.
class Catalogue {
 public:
  /// STATE/catalogue.sqlite
  [[nodiscard]] static std::string path_in(const std::string& state_directory);

  /// For changing it: made where there is none (mode 0600), brought to this version's schema where
  /// it is of an older one. Waits at most `patience` for other writers. One that is damaged is an
  /// Error of kind Verification (see repair.hpp). Errors: Refused (of a newer version, or no
  /// catalogue at all: it is left as it is), Busy, NoSpace, Io, Verification.
  [[nodiscard]] static Result<Catalogue> open(
      Filesystem& files,
      const std::string& path,
      std::chrono::milliseconds patience = std::chrono::seconds(10));

  /// For asking. An older one is brought to this version's schema first, where that is possible.
  /// Errors: NotFound (there is none), and those of open().
  [[nodiscard]] static Result<Catalogue> open_for_reading(Filesystem& files,
                                                          const std::string& path);

  ~Catalogue();
  Catalogue(Catalogue&&) noexcept;
  Catalogue& operator=(Catalogue&&) noexcept;

  // --- asking -----------------------------------------------------------------------------------

  /// Oldest first, by start and id.
  [[nodiscard]] Result<std::vector<CatalogueRun>> runs(const CatalogueQuery& query);
  /// By store, then policy, host and sequence, oldest first.
  [[nodiscard]] Result<std::vector<CatalogueSnapshot>> snapshots(const CatalogueQuery& query);
  /// By UUID.
  [[nodiscard]] Result<std::vector<CatalogueStore>> stores();
  /// Oldest first; `from` and `until` are of the call.
  [[nodiscard]] Result<std::vector<CatalogueAttempt>> attempts(const CatalogueQuery& query);
  [[nodiscard]] Result<std::size_t> count_snapshots();

  // --- changing: all of it between begin() and commit() ------------------------------------------

  [[nodiscard]] Result<void> begin();
  /// Durable when it returns. Without it nothing of what followed begin() is kept.
  [[nodiscard]] Result<void> commit();

  /// Replaces what is known of a run, unless that came from a source that says more.
  [[nodiscard]] Result<void> put(const CatalogueRun& run);
  /// Replaces what is known of a snapshot. Of one without a manifest, what was read of it before
  /// stays.
  [[nodiscard]] Result<void> put(const CatalogueSnapshot& snapshot);
  [[nodiscard]] Result<void> put(const CatalogueStore& store);
  /// Adds it.
  [[nodiscard]] Result<void> put(const CatalogueAttempt& attempt);

  /// For a file that nobody else reads yet: what follows is durable only when its maker syncs it.
  void make_fast();

  /// Ids of all runs that are known from `source` or better.
  [[nodiscard]] Result<std::vector<std::string>> run_ids(RunSource source);

  /// A snapshot as it was when it was read.
  struct SeenSnapshot {
    std::string id;
    SnapshotPlace place = SnapshotPlace::Present;
    std::uint64_t records = 0;
  };

  /// All snapshots of a store.
  [[nodiscard]] Result<std::vector<SeenSnapshot>> seen(const std::string& store);

  struct Parts;  ///< for its own files

 private:
  explicit Catalogue(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace backstay::runtime
