#include "runtime/archive/tree_archiver.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/archive/file_worker.hpp"
#include "runtime/archive/kept_files.hpp"
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

// Looks an item up in the memory.
void remember(KnownEntriesReader& memory,
              WalkItem& item,
              std::string_view path,
              bool linked,
              const KnownEntriesReader::Passed& passed) {
  const KnownRecord record = memory.find(path, linked, passed);
  item.known = record.bytes;
  item.known_from_changes = record.from_changes;
}

// The walk, shared by the workers: hands out numbered batches.
class SharedWalk {
 public:
  struct Batch {
    std::vector<WalkItem> items;
    std::uint64_t number = 0;
    std::vector<ListBatch::Left> passed = {};  // of the memory; `line`: before which item
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
    Batch batch{.items = {}, .number = next_number_};
    more_ = walk_.next(batch.items, kBatchItems);
    if (batch.items.empty() && !more_)
      return false;
    ++next_number_;
    std::size_t number = 0;
    const auto pass = [&](const KnownRecord& record) {
      batch.passed.push_back({number, std::string(record.bytes), record.from_changes, false});
    };
    for (WalkItem& item : batch.items) {
      if (known_ != nullptr)
        remember(*known_, item, path_of(item), false, pass);
      ++number;
      if (item.type == DT_REG && read_ahead_.useful())
        read_ahead_.want(item.directory, item.name, item.known.empty());
    }
    ahead_.push_back(std::move(batch));
    return true;
  }

  // Alive until the next call.
  std::string_view path_of(const WalkItem& item) {
    if (item.entry)
      return item.entry->path;
    path_ = item.directory->path;
    if (!path_.empty())
      path_ += '/';
    path_ += item.name;
    return path_;
  }

  TreeWalk& walk_;
  KnownEntriesReader* known_;
  std::string path_;
  ReadAhead read_ahead_;
  std::mutex mutex_;
  std::deque<Batch> ahead_;
  bool more_ = true;
  std::uint64_t next_number_ = 0;
};

// What one worker uses.
struct Worker {
  Worker(ArchiveTools& tools, bool whole_list)
      : files(tools), kept(tools.packs, tools.again), fast(!whole_list) {}

  FileWorker files;
  KeptFiles kept;
  bool fast;  // lines of the base need not be written
};

// One item of a batch. True: a pack was finished, so that the list may go on.
Result<bool> add_item(const WalkItem& item, Worker& worker, ListBatch& list) {
  if (worker.fast) {
    BACKSTAY_ASSIGN(const bool kept, worker.kept.keep(item, list));
    if (kept)
      return false;
  }
  const std::size_t before = list.lines.size();
  BACKSTAY_TRY(worker.files.add(item, list));
  list.settle(item.record(), before);
  return worker.files.flush_full();
}

Result<void> work(SharedWalk& walk, Worker& worker, ListWriter& list, ArchiveProgress& progress) {
  SharedWalk::Batch taken;
  long reads = device_reads();
  while (!progress.stopped() && walk.take(taken)) {
    ListBatch batch;
    bool drained = false;
    auto passed = taken.passed.begin();
    for (std::size_t i = 0; i < taken.items.size(); ++i) {
      for (; passed != taken.passed.end() && passed->line == i; ++passed)
        batch.pass({passed->record, passed->from_changes});
      BACKSTAY_ASSIGN(const bool finished, add_item(taken.items[i], worker, batch));
      drained = drained || finished;
    }
    const KeptFiles::Count kept = worker.kept.take_count();
    if (kept.files > 0) {
      progress.file_count += kept.files;
      progress.kept += kept.files;
      const WalkItem& last = taken.items.back();
      progress.read(kept.bytes, last.entry ? last.entry->path : last.directory->child(last.name));
    }
    worker.files.settle_digests();
    BACKSTAY_TRY(list.put(taken.number, std::move(batch)));
    const long now = device_reads();
    if (now - std::exchange(reads, now) > kFewDeviceReads)
      walk.read_ahead().waited();
    if (drained)
      BACKSTAY_TRY(list.drain());
  }
  BACKSTAY_TRY(worker.files.finish());
  return list.drain();
}

void run_workers(SharedWalk& walk, ArchiveTools& tools, ListWriter& list) {
  const unsigned cores = std::clamp(std::thread::hardware_concurrency(), 1U, kMostWorkers);
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < cores; ++i) {
    threads.emplace_back([&] {
      Worker worker(tools, list.form() == ListForm::Whole);
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

using LinkedFiles = std::map<std::pair<dev_t, ino_t>, Entry>;

// The name that holds the content.
Result<void> archive_first(const TreeWalk& walk,
                           const LinkedName& name,
                           WalkItem& item,
                           FileWorker& worker,
                           ArchiveProgress& progress,
                           ListBatch& batch,
                           LinkedFiles& known) {
  const std::size_t slash = name.path.rfind('/');
  auto directory = walk.reopen(slash == std::string::npos ? "" : name.path.substr(0, slash));
  if (!directory) {
    progress.problem(name.path, directory.error());
    return {};
  }
  item.directory = *directory;
  Entry entry;
  BACKSTAY_TRY(worker.add_linked(item, batch, entry));
  BACKSTAY_TRY(worker.flush_full());
  if (!entry.path.empty())
    known.emplace(std::pair(name.device, name.inode), std::move(entry));
  return {};
}

// Files of several names: the first name by path holds the content, the others are links to it.
Result<void> archive_linked(const TreeWalk& walk,
                            std::uint64_t number,
                            ArchiveTools& tools,
                            ListWriter& list,
                            KnownEntriesReader* memory) {
  std::vector<LinkedName> names = tools.progress.take_linked();
  std::ranges::sort(names, path_before, &LinkedName::path);
  LinkedFiles known;
  FileWorker worker(tools);
  ListBatch batch;
  batch.linked = true;
  const auto pass = [&](const KnownRecord& record) { batch.pass(record); };
  for (const LinkedName& name : names) {
    if (tools.progress.stopped())
      return {};
    WalkItem item{nullptr, name.path.substr(name.path.rfind('/') + 1), DT_REG, nullptr};
    if (memory != nullptr)
      remember(*memory, item, name.path, true, pass);
    const std::size_t before = batch.lines.size();
    const auto first = known.find({name.device, name.inode});
    if (first != known.end()) {
      batch.add(link_to(first->second, name.path));
    } else {
      BACKSTAY_TRY(archive_first(walk, name, item, worker, tools.progress, batch, known));
    }
    batch.settle(item.record(), before);
  }
  if (memory != nullptr)
    memory->pass_rest(pass);
  BACKSTAY_TRY(worker.finish());
  return list.put(number, std::move(batch));
}

// Its hash was compared before; without all of it nobody knows what is dead.
Error damaged_memory() {
  return Error{.kind = ErrorKind::Verification,
               .message = "what earlier runs remember became damaged while it was read",
               .hint = "remove `cache` in the state directory: the next run reads everything"};
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
  const bool goes_on = memory.previous != nullptr && memory.next != nullptr;
  ListWriter list(parts, pool, packs, memory.next,
                  goes_on ? next_list_form(parts.previous()) : ListForm::Whole);
  SharedWalk shared(walk, memory.previous);
  run_workers(shared, tools, list);
  if (!progress.stopped()) {
    BACKSTAY_TRY(archive_linked(walk, shared.next_number(), tools, list, memory.previous));
  }
  BACKSTAY_ASSIGN(ArchiveCounts counts, progress.outcome());
  if (memory.previous != nullptr && memory.previous->damaged())
    return damaged_memory();
  BACKSTAY_TRY(list.finish());
  BACKSTAY_TRY(packs.finish());
  counts.entries = list.entries();
  counts.left_out = walk.counts().left_out;
  counts.reserved = walk.counts().reserved;
  counts.sockets = walk.counts().sockets;
  return counts;
}

}  // namespace backstay::runtime
