#include "runtime/archive/tree_archiver.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/archive/file_worker.hpp"
#include "runtime/archive/linked_packs.hpp"
#include "runtime/archive/list_writer.hpp"
#include "runtime/archive/read_ahead.hpp"
#include "runtime/archive/tree_order.hpp"
#include "runtime/archive/tree_walk.hpp"

namespace backstay::runtime {

namespace {

// How many items a worker takes from the walk at once: enough that the lock costs nothing, few
// enough that no worker waits for another at the end.
constexpr std::size_t kBatchItems = 128;
// How far the walk is ahead of the workers where the source comes from a device, in batches.
constexpr std::size_t kBatchesAhead = 12;
// What a batch may read from a device (in blocks of 512 bytes) without a need to read ahead: about
// one of eight of its files.
constexpr long kFewDeviceReads = 256;
constexpr unsigned kMostWorkers = 16;

void remember(KnownEntriesReader& known, WalkItem& item, bool linked) {
  item.known = known.find(item.directory->child(item.name), linked);
  if (!item.known.empty())
    item.known_number = known.number();
}

// The walk, shared by the workers: hands out numbered batches.
class SharedWalk {
 public:
  struct Batch {
    std::vector<WalkItem> items;
    std::uint64_t number = 0;
  };

  SharedWalk(TreeWalk& walk, KnownEntriesReader* known) : walk_(walk), known_(known) {}

  // False: nothing is left.
  bool take(Batch& batch) {
    const std::lock_guard guard(mutex_);
    while (ahead_.size() <= (read_ahead_.useful() ? kBatchesAhead : 0) && walk_on()) {
    }
    if (ahead_.empty())
      return false;
    batch = std::move(ahead_.front());
    ahead_.pop_front();
    return true;
  }

  [[nodiscard]] std::uint64_t next_number() const { return next_number_; }

  [[nodiscard]] ReadAhead& read_ahead() { return read_ahead_; }

 private:
  bool walk_on() {
    if (!more_)
      return false;
    Batch batch{{}, next_number_};
    more_ = walk_.next(batch.items, kBatchItems);
    if (batch.items.empty() && !more_)
      return false;
    ++next_number_;
    for (WalkItem& item : batch.items) {
      if (item.type != DT_REG)
        continue;
      if (known_ != nullptr)
        remember(*known_, item, false);
      if (read_ahead_.useful())
        read_ahead_.want(item.directory, item.name, item.known.empty());
    }
    ahead_.push_back(std::move(batch));
    return true;
  }

  TreeWalk& walk_;
  KnownEntriesReader* known_;
  ReadAhead read_ahead_;
  std::mutex mutex_;
  std::deque<Batch> ahead_;
  bool more_ = true;
  std::uint64_t next_number_ = 0;
};

Result<void> work(SharedWalk& walk,
                  FileWorker& worker,
                  ListWriter& list,
                  ArchiveProgress& progress) {
  SharedWalk::Batch taken;
  long reads = device_reads();
  while (!progress.stopped() && walk.take(taken)) {
    ListBatch batch;
    bool drained = false;
    for (const WalkItem& item : taken.items) {
      BACKSTAY_TRY(worker.add(item, batch));
      BACKSTAY_ASSIGN(const bool finished, worker.flush_full());
      drained = drained || finished;
    }
    BACKSTAY_TRY(list.put(taken.number, std::move(batch)));
    const long now = device_reads();
    if (now - std::exchange(reads, now) > kFewDeviceReads)
      walk.read_ahead().waited();
    if (drained)
      BACKSTAY_TRY(list.drain());
  }
  BACKSTAY_TRY(worker.finish());
  return list.drain();
}

void run_workers(SharedWalk& walk, ArchiveTools& tools, ListWriter& list) {
  const unsigned cores = std::clamp(std::thread::hardware_concurrency(), 1U, kMostWorkers);
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < cores; ++i) {
    threads.emplace_back([&] {
      FileWorker worker(tools);
      if (auto worked = work(walk, worker, list, tools.progress); !worked) {
        tools.progress.stop(std::move(worked).error());
      }
    });
  }
}

Entry link_to(const Entry& file, const std::string& path) {
  Entry link = file;
  link.type = EntryType::HardLink;
  link.path = path;
  link.link = file.path;
  link.size = link.frame = 0;
  link.sparse = link.large = false;
  link.state = ReadState::Intact;
  link.sha256 = {};
  link.part.clear();
  return link;
}

// Files of several names: the first name by path holds the content, the others are links to it.
Result<void> archive_linked(const TreeWalk& walk,
                            std::uint64_t number,
                            ArchiveTools& tools,
                            ListWriter& list,
                            KnownEntriesReader* memory) {
  std::vector<LinkedName> names = tools.progress.take_linked();
  std::ranges::sort(names, path_before, &LinkedName::path);
  std::map<std::pair<dev_t, ino_t>, Entry> known;
  FileWorker worker(tools);
  ListBatch batch;
  for (const LinkedName& name : names) {
    if (tools.progress.stopped())
      return {};
    const auto first = known.find({name.device, name.inode});
    if (first != known.end()) {
      batch.add(link_to(first->second, name.path));
      continue;
    }
    const std::size_t slash = name.path.rfind('/');
    auto directory = walk.reopen(slash == std::string::npos ? "" : name.path.substr(0, slash));
    if (!directory) {
      tools.progress.problem(name.path, directory.error());
      continue;
    }
    Entry entry;
    WalkItem item{*directory, name.path.substr(slash + 1), DT_REG, nullptr, {}};
    if (memory != nullptr)
      remember(*memory, item, true);
    BACKSTAY_TRY(worker.add_linked(item, batch, entry));
    BACKSTAY_TRY(worker.flush_full());
    if (!entry.path.empty())
      known.emplace(std::pair(name.device, name.inode), std::move(entry));
  }
  BACKSTAY_TRY(worker.finish());
  return list.put(number, std::move(batch));
}

}  // namespace

Result<ArchiveCounts> archive_tree(PartDirectory& parts,
                                   const plan::ArchiveFiles& files,
                                   const ArchiveObserver& observer,
                                   const ArchiveMemory& memory) {
  ArchiveProgress progress(files, observer);
  TreeWalk walk(files, [&](const std::string& path, const Error& error) {
    if (error.kind == ErrorKind::NotFound) {
      progress.vanished(path.substr(1));
    } else {
      progress.problem(path.substr(1), error);
    }
  });
  if (auto opened = walk.open(); !opened) {
    if (opened.error().kind != ErrorKind::NotFound || !files.optional) {
      return std::move(opened).error();
    }
    return ArchiveCounts{.absent = true};
  }
  PartPool pool(parts);
  LinkedPacks packs(parts);
  ArchiveTools tools{parts, pool, packs, progress, memory.again};
  ListWriter list(parts, pool, memory.next);
  SharedWalk shared(walk, memory.previous);
  run_workers(shared, tools, list);
  if (!progress.stopped()) {
    BACKSTAY_TRY(archive_linked(walk, shared.next_number(), tools, list, memory.previous));
  }
  BACKSTAY_ASSIGN(ArchiveCounts counts, progress.outcome());
  BACKSTAY_TRY(list.finish(memory.previous));
  BACKSTAY_TRY(packs.finish());
  counts.entries = list.entries();
  counts.left_out = walk.counts().left_out;
  counts.reserved = walk.counts().reserved;
  counts.sockets = walk.counts().sockets;
  return counts;
}

}  // namespace backstay::runtime
