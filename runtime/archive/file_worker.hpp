// One worker of an archive: reads what the walk gives and fills its own pack.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <sys/stat.h>

#include "compiler/plan/actions.hpp"
#include "lang/base/result.hpp"
#include "runtime/archive/filesystem_identity.hpp"
#include "runtime/archive/late_digests.hpp"
#include "runtime/archive/linked_packs.hpp"
#include "runtime/archive/list_writer.hpp"
#include "runtime/archive/owners.hpp"
#include "runtime/archive/pack_writer.hpp"
#include "runtime/archive/segment_writer.hpp"
#include "runtime/archive/tree_archiver.hpp"
#include "runtime/archive/tree_walk.hpp"

namespace backstay::runtime {

/// A name of a file that has several: read last, so that the first by path holds the content
/// whatever worker met it first.
struct LinkedName {
  std::string path;
  dev_t device = 0;
  ino_t inode = 0;
};

/// What the workers share. Thread-safe.
class ArchiveProgress {
 public:
  ArchiveProgress(const plan::ArchiveFiles& files, const ArchiveObserver& observer)
      : files_(files), observer_(observer) {}

  [[nodiscard]] const plan::ArchiveFiles& files() const { return files_; }

  [[nodiscard]] bool stopped() const { return stopped_ || observer_.stop.stop_requested(); }

  /// A failure of the store: everybody stops.
  void stop(Error error);
  /// Something of the source that could not be kept; the others go on.
  void problem(const std::string& path, const Error& error);
  void vanished(const std::string& path);
  void changed(const std::string& path);
  /// Neither size nor times of a file changed, but its content did.
  void silently_changed(const std::string& path);
  void read(std::uint64_t bytes, const std::string& item);
  void linked(LinkedName name);
  [[nodiscard]] std::vector<LinkedName> take_linked();
  /// The counts, or the error that stands for all that went wrong.
  [[nodiscard]] Result<ArchiveCounts> outcome();

  std::atomic<std::uint64_t> file_count = 0;
  std::atomic<std::uint64_t> grown = 0;
  std::atomic<std::uint64_t> kept = 0;

 private:
  const plan::ArchiveFiles& files_;
  const ArchiveObserver& observer_;
  std::atomic<bool> stopped_ = false;
  std::atomic<std::uint64_t> bytes_ = 0;
  std::mutex mutex_;
  std::vector<Error> fatal_;
  std::vector<std::string> problems_;  // the first few
  std::uint64_t problem_count_ = 0;
  bool any_vanished_ = false;
  bool any_changed_ = false;
  ArchiveCounts counts_;
  std::vector<LinkedName> linked_;
};

/// What the workers of one archive use together.
struct ArchiveTools {
  PartDirectory& parts;
  PartPool& pool;
  LinkedPacks& packs;
  ArchiveProgress& progress;
  ReadAgain again;
};

/// One thread at a time.
class FileWorker {
 public:
  explicit FileWorker(ArchiveTools& tools);

  /// Adds an item to the batch. Errors are the store's; those of the source go to the progress.
  Result<void> add(const WalkItem& item, ListBatch& batch);
  /// As add() for a file of several names: `entry` becomes what was kept; its path stays empty
  /// where it could not be read.
  Result<void> add_linked(const WalkItem& item, ListBatch& batch, Entry& entry);

  /// Writes what is full. True: a pack was finished, so that the list may go on.
  Result<bool> flush_full();

  /// Fills into the batches what was not computed yet. Before one of them goes away.
  void settle_digests() { late_.settle(); }

  Result<void> finish();

 private:
  /// How one try to read a file ended.
  enum class Attempt : std::uint8_t { Kept, Again, Gone, Later };

  /// A file while it is looked at and read.
  struct Reading {
    const WalkItem& item;
    ListBatch& batch;
    KnownEntry file = {};
    struct stat before = {};
    timespec began = {};
    bool linked = false;  ///< one of several names, and it is its turn
    bool last = false;    ///< no further try follows
  };

  Result<void> add_other(const WalkItem& item, const std::string& path, ListBatch& batch);
  Result<void> add_file(Reading& reading);
  /// Takes what an earlier run kept, where the file is the same and not due to be read again.
  Result<bool> keep(Reading& reading);
  /// anew  whether what is remembered of it changed, so that its record is written anew
  Result<bool> take(const KnownEntry& known, ListBatch& batch, bool anew);
  Result<bool> take_large(const KnownEntry& known);
  Result<Attempt> try_file(Reading& reading);
  /// Whether it is a file that can be read; the progress knows why not.
  bool look(const Descriptor& file, Reading& reading);
  bool describe(int descriptor, Reading& reading);
  Result<Attempt> read_packed(int descriptor, Reading& reading);
  /// Whether nothing needs the hash of the file before those of its neighbours are known.
  [[nodiscard]] bool may_hash_late(const Reading& reading) const;
  Result<Attempt> read_large(int descriptor, Reading& reading);
  /// Read again though it seemed unchanged: whether it is, so that its pack may stay.
  Result<bool> keep_rechecked(Reading& reading);
  /// Reads all of a large file into segments. False: it cannot be read; the progress knows why.
  Result<bool> copy_large(int descriptor,
                          Entry& entry,
                          SegmentWriter& segments,
                          std::uint64_t& got);
  /// Whether what was read may be kept; sets the state.
  bool settle(int descriptor, std::uint64_t got, Reading& reading);
  /// Whether the next run may trust what was seen.
  [[nodiscard]] bool may_remember(const Reading& reading) const;
  bool problem(const std::string& path, const std::string& doing);

  ArchiveTools& tools_;
  ArchiveProgress& progress_;
  PackWriter packs_;
  Owners owners_;
  FilesystemIdentities filesystems_;
  std::optional<KnownEntry> recheck_;  // unchanged by its times, and due to be read all the same
  LateDigests late_;
  std::string header_;
};

}  // namespace backstay::runtime
