#include "runtime/archive/tree_archiver.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/archive/file_worker.hpp"
#include "runtime/archive/list_writer.hpp"
#include "runtime/archive/tree_walk.hpp"

namespace backstay::runtime {

namespace {

// How many items a worker takes from the walk at once: enough that the lock costs nothing, few
// enough that no worker waits for another at the end.
constexpr std::size_t kBatchItems = 64;
constexpr unsigned kMostWorkers = 16;

// The walk, shared by the workers: hands out numbered batches.
class SharedWalk {
 public:
  explicit SharedWalk(TreeWalk& walk) : walk_(walk) {}

  // False: nothing is left.
  bool take(std::vector<WalkItem>& items, std::uint64_t& number) {
    const std::lock_guard guard(mutex_);
    items.clear();
    if (more_)
      more_ = walk_.next(items, kBatchItems);
    if (items.empty() && !more_)
      return false;
    number = next_number_++;
    return true;
  }

  [[nodiscard]] std::uint64_t next_number() const { return next_number_; }

 private:
  TreeWalk& walk_;
  std::mutex mutex_;
  bool more_ = true;
  std::uint64_t next_number_ = 0;
};

Result<void> work(SharedWalk& walk,
                  FileWorker& worker,
                  ListWriter& list,
                  ArchiveProgress& progress) {
  std::vector<WalkItem> items;
  std::uint64_t number = 0;
  while (!progress.stopped() && walk.take(items, number)) {
    ListBatch batch;
    bool drained = false;
    for (const WalkItem& item : items) {
      BACKSTAY_TRY(worker.add(item, batch));
      BACKSTAY_ASSIGN(const bool finished, worker.flush_full());
      drained = drained || finished;
    }
    BACKSTAY_TRY(list.put(number, std::move(batch)));
    if (drained)
      BACKSTAY_TRY(list.drain());
  }
  BACKSTAY_TRY(worker.finish());
  return list.drain();
}

void run_workers(SharedWalk& walk,
                 PartDirectory& parts,
                 ListWriter& list,
                 ArchiveProgress& progress) {
  const unsigned cores = std::clamp(std::thread::hardware_concurrency(), 1U, kMostWorkers);
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < cores; ++i) {
    threads.emplace_back([&] {
      FileWorker worker(parts, progress);
      if (auto worked = work(walk, worker, list, progress); !worked) {
        progress.stop(std::move(worked).error());
      }
    });
  }
}

// `/` sorts below every other byte, so that a directory's content stands right behind it.
bool path_before(const LinkedName& a, const LinkedName& b) {
  return std::lexicographical_compare(
      a.path.begin(), a.path.end(), b.path.begin(), b.path.end(), [](char x, char y) {
        const auto order = [](char c) {
          return c == '/' ? -1 : static_cast<int>(static_cast<unsigned char>(c));
        };
        return order(x) < order(y);
      });
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
                            PartDirectory& parts,
                            ListWriter& list,
                            ArchiveProgress& progress) {
  std::vector<LinkedName> names = progress.take_linked();
  std::ranges::sort(names, path_before);
  std::map<std::pair<dev_t, ino_t>, Entry> known;
  FileWorker worker(parts, progress);
  ListBatch batch;
  for (const LinkedName& name : names) {
    if (progress.stopped())
      return {};
    const auto first = known.find({name.device, name.inode});
    if (first != known.end()) {
      batch.add(link_to(first->second, name.path));
      continue;
    }
    const std::size_t slash = name.path.rfind('/');
    auto directory = walk.reopen(slash == std::string::npos ? "" : name.path.substr(0, slash));
    if (!directory) {
      progress.problem(name.path, directory.error());
      continue;
    }
    Entry entry;
    const WalkItem item{*directory, name.path.substr(slash + 1), DT_REG, nullptr};
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
                                   const ArchiveObserver& observer) {
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
  ListWriter list(parts);
  SharedWalk shared(walk);
  run_workers(shared, parts, list, progress);
  if (!progress.stopped()) {
    BACKSTAY_TRY(archive_linked(walk, shared.next_number(), parts, list, progress));
  }
  BACKSTAY_ASSIGN(ArchiveCounts counts, progress.outcome());
  BACKSTAY_TRY(list.finish());
  counts.entries = list.entries();
  counts.left_out = walk.counts().left_out;
  counts.reserved = walk.counts().reserved;
  counts.sockets = walk.counts().sockets;
  return counts;
}

}  // namespace backstay::runtime
