// The contents of restored files: out of their packs and segments, by all cores at once, file by
// file and also within one large file.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "lang/base/sha256_batch.hpp"
#include "runtime/archive/pack_reader.hpp"
#include "runtime/restore/early_sync.hpp"
#include "runtime/restore/file_writer.hpp"
#include "runtime/restore/large_file.hpp"
#include "runtime/restore/tree_writer.hpp"
#include "runtime/restore/work_queue.hpp"

namespace backstay::runtime {

/// Files of one pack are gathered until they are worth a piece of work: some frames. So a frame is
/// decoded once, however the files of two packs take turns in the list.
class ContentWriter {
 public:
  ContentWriter(const TreeSource& source, int root, EarlySync& sync, RestoreNotes& notes);

  /// A regular file; its directory is there already. Errors: see TreeWriter::add.
  Result<void> add(PlannedEntry&& planned);
  /// Waits until all is written.
  Result<void> finish();

 private:
  // Files of one pack, in their order in it; `part` is empty for files without content.
  struct Group {
    std::string part;
    std::vector<PlannedEntry> entries;
    std::uint64_t bytes = 0;
  };

  // What a thread keeps between two pieces of work.
  struct Worker {
    struct Wanted {
      std::span<const std::byte> content;
      Digest digest;
    };

    std::unique_ptr<FileWriter> writer;
    std::map<std::string, PackReader> packs;
    std::string header;
    std::vector<ArchiveMember> members;  // of the frame at hand
    std::vector<Wanted> wanted;          // of them
    Sha256Batch batch;
  };

  Result<void> add_large(PlannedEntry&& planned);
  Result<void> submit(Group&& group);
  Result<void> submit_all();
  Worker& worker(std::size_t number);
  Result<void> write_group(const Group& group, Worker& worker);
  Result<void> write_packed(const Group& group, Worker& worker);
  /// Files of one frame.
  Result<void> write_frame(std::span<const PlannedEntry> entries,
                           PackReader& reader,
                           Worker& worker);
  /// Finds their members in the frame at hand, in the same order.
  static Result<void> find_members(std::span<const PlannedEntry> entries, Worker& worker);
  Result<PackReader*> open_pack(const std::string& part, Worker& worker);
  void note_progress(std::uint64_t bytes, const std::string& item);

  const TreeSource& source_;
  int root_;
  EarlySync& sync_;
  RestoreNotes& notes_;
  std::map<std::string, Group> gathered_;  // by part
  std::size_t gathered_entries_ = 0;
  std::atomic<std::uint64_t> bytes_ = 0;
  std::vector<Worker> workers_;
  WorkQueue queue_;  // last: its threads use all of the above
};

}  // namespace backstay::runtime
