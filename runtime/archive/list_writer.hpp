// Puts what the workers read, in whatever order they come, into the file list, the meta archive and
// the memory for the next run, in the order of the walk. An entry waits until the pack that holds
// it has its name.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/linked_packs.hpp"
#include "runtime/archive/list_batch.hpp"
#include "runtime/archive/part_pool.hpp"

namespace backstay::runtime {

/// What of the file list is written.
enum class ListForm : std::uint8_t {
  Whole,    ///< all of it, as a new base
  Changes,  ///< what differs from the base of the earlier snapshot, which is linked
};

/// Changes where all of the base is there and they are small beside it.
[[nodiscard]] ListForm next_list_form(const KnownParts& previous);

/// Thread-safe.
class ListWriter {
 public:
  /// memory  where to write what the next run may know; null: nowhere
  ListWriter(PartDirectory& directory,
             PartPool& pool,
             LinkedPacks& packs,
             KnownEntriesWriter* memory,
             ListForm form);

  [[nodiscard]] ListForm form() const { return form_; }

  /// number  the place of the batch in the walk: 0, 1, 2 … without gaps
  Result<void> put(std::uint64_t number, ListBatch batch);
  /// Writes whatever may be written now; call it when a pack was finished.
  Result<void> drain();
  /// Ends list and archives. Every pack is finished, every batch was put.
  Result<void> finish();

  /// Lines written; after finish().
  [[nodiscard]] std::uint64_t entries() const { return entries_; }

 private:
  Result<void> drain_locked();
  Result<void> write_batch(const ListBatch& batch);
  Result<void> write_line(const ListBatch& batch, std::size_t number);
  Result<void> write_record(const ListBatch::Line& line,
                            std::string_view head,
                            std::string_view record,
                            ListPlace place);
  Result<void> write_left(const ListBatch& batch, const ListBatch::Left& left);
  [[nodiscard]] static bool is_packed_anew(const ListBatch& batch,
                                           const ListBatch::Left& left,
                                           const std::string& pack);
  Result<void> write_gone(const ListBatch::Left& left, const KnownName& name);
  void begin_section(bool linked);
  void finish_list_part();
  Result<void> link_base();
  Result<void> write_commands();

  PartDirectory& directory_;
  PartPool& pool_;
  LinkedPacks& packs_;
  KnownEntriesWriter* memory_;
  ListForm form_;
  std::mutex mutex_;
  std::map<std::uint64_t, ListBatch> waiting_;
  std::uint64_t next_ = 0;
  std::uint64_t entries_ = 0;
  MetaWriter meta_;
  MetaWriter large_;
  bool linked_ = false;     // the section of `text_`
  std::size_t number_ = 0;  // of its part
  std::string text_;
  std::string tail_;
  std::string commands_;
  std::vector<PartTicketPointer> parts_;
};

inline constexpr const char* kMetaArchive = "meta.tar.zst";
inline constexpr const char* kLargeArchive = "large.tar.zst";
/// In a sealed component: what a restore by hand does for each large file. Elsewhere RESTORE.txt
/// says it.
inline constexpr const char* kLargeCommands = "large.sh";

}  // namespace backstay::runtime
