// Puts what the workers read, in whatever order they come, into the file list and the meta archive
// in the order of the walk. An entry waits until the pack that holds it has its name.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/entry.hpp"
#include "runtime/archive/pack_writer.hpp"
#include "runtime/archive/part_file.hpp"

namespace backstay::runtime {

/// One list part is cut once it holds this much text.
inline constexpr std::size_t kListPartBytes = std::size_t{4} << 20U;

/// What a worker made of one piece of the walk.
struct ListBatch {
  struct Line {
    std::size_t end = 0;  ///< of its text in `text`
    std::uint64_t frame = 0;
    std::shared_ptr<const PackHandle> pack;  ///< none: no content, or the text is whole
  };

  std::string text;  ///< heads of lines; whole lines where `pack` is none
  std::vector<Line> lines;
  std::string meta;  ///< tar headers of the entries without content
  std::vector<std::size_t> meta_ends;
  std::string large;  ///< those of large files, which come before their content
  std::vector<std::size_t> large_ends;

  /// An entry whose content went into a pack.
  void add_packed(const Entry& entry, std::shared_ptr<const PackHandle> pack, std::uint64_t frame);
  /// Any other entry.
  void add(const Entry& entry);
};

/// Thread-safe.
class ListWriter {
 public:
  explicit ListWriter(PartDirectory& directory);

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
  Result<void> flush_list();
  Result<void> finish_list_part();

  PartDirectory& directory_;
  std::mutex mutex_;
  std::map<std::uint64_t, ListBatch> waiting_;
  std::uint64_t next_ = 0;
  std::uint64_t entries_ = 0;
  FrameCompressor compressor_;
  MetaWriter meta_;
  MetaWriter large_;
  std::string buffer_;
  std::unique_ptr<PartFile> part_;
  Sha256 part_hash_;
  std::size_t part_content_ = 0;
  std::size_t part_number_ = 0;
};

/// `list/000001.jsonl.zst`
[[nodiscard]] std::string list_part_name(std::size_t number);
inline constexpr const char* kMetaArchive = "meta.tar.zst";
inline constexpr const char* kLargeArchive = "large.tar.zst";

}  // namespace backstay::runtime
