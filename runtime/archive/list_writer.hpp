// Puts what the workers read, in whatever order they come, into the file list, the meta archive and
// the memory for the next run, in the order of the walk. An entry waits until the pack that holds
// it has its name.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/entry.hpp"
#include "runtime/archive/known_entries.hpp"
#include "runtime/archive/pack_writer.hpp"
#include "runtime/archive/part_pool.hpp"

namespace backstay::runtime {

/// What a worker made of one piece of the walk.
struct ListBatch {
  struct Line {
    std::size_t end = 0;  ///< of its text in `text`
    std::size_t known_end =
        0;  ///< of its record in `known`; none where it is that of the line before
    std::uint64_t frame = 0;
    std::uint64_t content = 0;
    std::shared_ptr<const PackHandle> pack;  ///< none: no content, or the text is whole
    bool cut = false;                        ///< a list part may begin here
    std::optional<std::uint64_t> kept;  ///< its record is that of the earlier memory, at this place
  };

  std::string text;  ///< heads of lines; whole lines where `pack` is none
  std::vector<Line> lines;
  std::string known;  ///< heads of records
  std::string meta;   ///< tar headers of the entries without content
  std::vector<std::size_t> meta_ends;
  std::string large;  ///< those of large files, which come before their content
  std::vector<std::size_t> large_ends;
  std::string commands;  ///< that fill them in a restore by hand

  /// A file whose content is in a pack. remember  whether the next run may trust it
  void add_packed(const KnownEntry& file,
                  std::shared_ptr<const PackHandle> pack,
                  std::uint64_t frame,
                  bool remember);
  /// A file without content in a pack.
  void add_file(const KnownEntry& file, bool remember);
  /// Anything that is no file.
  void add(const Entry& entry);
  /// The last file is one that an earlier run saw. record  what it remembers, whole. number  its
  /// place
  void keep_record(std::string_view record, std::uint64_t number);

 private:
  void add_line(const Entry& entry);
};

/// Thread-safe.
class ListWriter {
 public:
  /// memory  where to write what the next run may know; null: nowhere
  ListWriter(PartDirectory& directory, PartPool& pool, KnownEntriesWriter* memory);

  /// number  the place of the batch in the walk: 0, 1, 2 … without gaps
  Result<void> put(std::uint64_t number, ListBatch batch);
  /// Writes whatever may be written now; call it when a pack was finished.
  Result<void> drain();
  /// Ends list and archives. Every pack is finished, every batch was put. earlier  memory, or null
  Result<void> finish(KnownEntriesReader* earlier = nullptr);

  /// Lines written; after finish().
  [[nodiscard]] std::uint64_t entries() const { return entries_; }

 private:
  Result<void> drain_locked();
  Result<void> write_batch(const ListBatch& batch);
  Result<void> write_known(const ListBatch& batch, std::size_t begin, const ListBatch::Line& line);
  void finish_list_part();
  Result<void> write_commands();

  PartDirectory& directory_;
  PartPool& pool_;
  KnownEntriesWriter* memory_;
  std::mutex mutex_;
  std::map<std::uint64_t, ListBatch> waiting_;
  std::uint64_t next_ = 0;
  std::uint64_t entries_ = 0;
  MetaWriter meta_;
  MetaWriter large_;
  std::string text_;
  std::string commands_;
  std::vector<PartTicketPointer> parts_;
};

/// `list/000001.jsonl.zst`
[[nodiscard]] std::string list_part_name(std::size_t number);
inline constexpr const char* kMetaArchive = "meta.tar.zst";
inline constexpr const char* kLargeArchive = "large.tar.zst";
/// In a sealed component: what a restore by hand does for each large file. Elsewhere RESTORE.txt
/// says it.
inline constexpr const char* kLargeCommands = "large.sh";

}  // namespace backstay::runtime
