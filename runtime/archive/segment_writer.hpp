// A long content, a dump or a large file, as an ordered list of compressed segments.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/content_cutter.hpp"
#include "runtime/archive/ordered_hash.hpp"
#include "runtime/archive/part_file.hpp"
#include "runtime/archive/part_pool.hpp"
#include "runtime/store/stream.hpp"

namespace backstay::runtime {

/// Cuts a content where its bytes say so and has the pool store the segments, each a file of its
/// own, named by its hash; at the end `NAME.parts` lists them in order, one a line. The segments of
/// a writer that never finished are dropped with PartDirectory::drop_unused_segments.
class SegmentWriter final : public StreamWriter {
 public:
  /// name  of the stream; empty: the hash of the content, which is known at the end
  SegmentWriter(PartDirectory& directory, PartPool& pool, std::string name);

  Result<void> write(std::span<const std::byte> bytes) override;
  Result<StreamInfo> finish() override;

  /// Room for what comes next, at least one byte; what was put into its beginning is then accepted.
  /// Saves the copy that write() makes.
  std::span<std::byte> space();
  Result<void> accept(std::size_t count);

  /// `NAME.parts`, after finish().
  [[nodiscard]] const std::string& parts_name() const { return parts_name_; }

 private:
  Result<void> submit();
  Result<void> write_parts(std::vector<std::string> names);

  PartDirectory& directory_;
  PartPool& pool_;
  std::string name_;
  std::string parts_name_;
  ContentCutter cutter_;
  PlainBufferPointer buffer_;  // the segment in the making; null: none
  OrderedHash content_hash_;
  std::vector<PartTicketPointer> segments_;
  std::size_t looked_at_ = 0;  // segments whose outcome is known to be good
  StreamInfo info_;
};

}  // namespace backstay::runtime
