#include "runtime/restore/content_writer.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "runtime/archive/pax.hpp"
#include "runtime/archive/segment_reader.hpp"

namespace backstay::runtime {

namespace {

// What makes a piece of work: about a frame of a pack.
constexpr std::uint64_t kWorthBytes = std::uint64_t{2} << 20U;
constexpr std::size_t kWorthEntries = 512;
// Files that wait for more of their pack; beyond, all that wait are written.
constexpr std::size_t kMostGathered = 8192;
// Pieces of work that wait, for each worker.
constexpr std::size_t kWaiting = 4;
// Packs that a worker keeps open.
constexpr std::size_t kOpenPacks = 4;

Result<void> while_reading(const std::string& part, Result<void> done) {
  if (done)
    return done;
  return std::move(done).error().while_doing("reading `" + part + "`");
}

}  // namespace

ContentWriter::ContentWriter(const TreeSource& source,
                             int root,
                             EarlySync& sync,
                             RestoreNotes& notes)
    : source_(source),
      root_(root),
      sync_(sync),
      notes_(notes),
      workers_(WorkQueue::workers_of_this_machine()),
      queue_(workers_.size(), kWaiting * workers_.size(), source.stop) {}

Result<void> ContentWriter::add(PlannedEntry&& planned) {
  if (planned.entry.large)
    return add_large(std::move(planned));
  Group& group = gathered_[planned.entry.part];
  const bool worth = group.bytes >= kWorthBytes || group.entries.size() >= kWorthEntries;
  // Why only between two frames: a frame that two pieces of work share is decoded twice.
  if (worth && group.entries.back().entry.frame != planned.entry.frame) {
    gathered_entries_ -= group.entries.size();
    BACKSTAY_TRY(submit(std::exchange(group, {})));
  }
  group.part = planned.entry.part;
  group.bytes += planned.entry.size;
  group.entries.push_back(std::move(planned));
  ++gathered_entries_;
  return gathered_entries_ < kMostGathered ? Result<void>() : submit_all();
}

Result<void> ContentWriter::add_large(PlannedEntry&& planned) {
  const std::string part = planned.entry.part;
  BACKSTAY_ASSIGN(auto segments, read_parts(source_.files, source_.parts + "/" + part));
  if (segments.empty()) {
    return Error{.kind = ErrorKind::Verification,
                 .message = "`/" + planned.entry.path + "` has no content where it must have some"};
  }
  const auto file = std::make_shared<LargeFile>(source_.files, source_.parts, std::move(planned),
                                                std::move(segments));
  for (std::size_t segment = 0; segment < file->segments(); ++segment) {
    BACKSTAY_TRY(queue_.submit([this, file, segment](std::size_t number) {
      const std::string& path = file->planned().entry.path;
      return while_reading(file->planned().entry.part,
                           file->write(segment, *worker(number).writer,
                                       [&](std::uint64_t bytes) { note_progress(bytes, path); }));
    }));
  }
  return {};
}

Result<void> ContentWriter::submit(Group&& group) {
  const auto shared = std::make_shared<const Group>(std::move(group));
  return queue_.submit([this, shared](std::size_t number) {
    return while_reading(shared->part, write_group(*shared, worker(number)));
  });
}

Result<void> ContentWriter::submit_all() {
  gathered_entries_ = 0;
  for (auto& [part, group] : std::exchange(gathered_, {})) {
    if (!group.entries.empty())
      BACKSTAY_TRY(submit(std::move(group)));
  }
  return {};
}

Result<void> ContentWriter::finish() {
  BACKSTAY_TRY(submit_all());
  return queue_.finish();
}

ContentWriter::Worker& ContentWriter::worker(std::size_t number) {
  Worker& worker = workers_[number];
  if (!worker.writer) {
    use_own_umask();
    worker.writer = std::make_unique<FileWriter>(root_, notes_);
  }
  return worker;
}

Result<void> ContentWriter::write_group(const Group& group, Worker& worker) {
  if (!group.part.empty())
    return write_packed(group, worker);
  for (const PlannedEntry& planned : group.entries)
    BACKSTAY_TRY(worker.writer->write(planned, {}));
  return {};
}

Result<PackReader*> ContentWriter::open_pack(const std::string& part, Worker& worker) {
  if (const auto found = worker.packs.find(part); found != worker.packs.end())
    return &found->second;
  if (worker.packs.size() == kOpenPacks)
    worker.packs.clear();
  BACKSTAY_ASSIGN(auto file, source_.files.open_read(source_.parts + "/" + part));
  PackReader reader(FrameReader(std::move(file), part), part);
  return &worker.packs.emplace(part, std::move(reader)).first->second;
}

Result<void> ContentWriter::write_packed(const Group& group, Worker& worker) {
  BACKSTAY_ASSIGN(PackReader* const reader, open_pack(group.part, worker));
  const std::span<const PlannedEntry> entries(group.entries);
  for (std::size_t begin = 0; begin < entries.size();) {
    std::size_t end = begin + 1;
    while (end < entries.size() && entries[end].entry.frame == entries[begin].entry.frame)
      ++end;
    BACKSTAY_TRY(write_frame(entries.subspan(begin, end - begin), *reader, worker));
    begin = end;
  }
  return {};
}

// A frame may hold more than what is wanted: what is not is passed over.
Result<void> ContentWriter::find_members(std::span<const PlannedEntry> entries, Worker& worker) {
  auto member = worker.members.begin();
  worker.wanted.clear();
  for (const PlannedEntry& planned : entries) {
    worker.header.clear();
    append_tar_header(worker.header, planned.entry, planned.entry.size);
    const auto header = std::as_bytes(std::span(worker.header));
    while (member != worker.members.end() && !std::ranges::equal(member->header, header))
      ++member;
    if (member == worker.members.end()) {
      return Error{.kind = ErrorKind::Verification,
                   .message = "`/" + planned.entry.path + "` is not where the file list says"};
    }
    worker.wanted.push_back({.content = member->content, .digest = {}});
    ++member;
  }
  return {};
}

Result<void> ContentWriter::write_frame(std::span<const PlannedEntry> entries,
                                        PackReader& reader,
                                        Worker& worker) {
  BACKSTAY_TRY(reader.seek_frame(entries.front().entry.frame));
  BACKSTAY_TRY(reader.next_frame(worker.members));
  BACKSTAY_TRY(find_members(entries, worker));
  for (Worker::Wanted& wanted : worker.wanted)
    worker.batch.add(wanted.content, wanted.digest);
  worker.batch.finish();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (source_.stop.stop_requested())
      return Error{.kind = ErrorKind::Interrupted, .message = "interrupted"};
    const Worker::Wanted& wanted = worker.wanted[i];
    BACKSTAY_TRY(worker.writer->write(entries[i], wanted.content, wanted.digest));
    note_progress(entries[i].entry.size, entries[i].entry.path);
  }
  sync_.written(std::accumulate(
      entries.begin(), entries.end(), std::uint64_t{0},
      [](std::uint64_t sum, const PlannedEntry& planned) { return sum + planned.entry.size; }));
  return {};
}

void ContentWriter::note_progress(std::uint64_t bytes, const std::string& item) {
  constexpr std::uint64_t kEvery = std::uint64_t{1} << 20U;
  const std::uint64_t before = bytes_.fetch_add(bytes);
  if (source_.progress && before / kEvery != (before + bytes) / kEvery)
    source_.progress(before + bytes, "/" + item);
}

}  // namespace backstay::runtime
