// A long content, a dump or a large file, as an ordered list of compressed segments.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/part_file.hpp"
#include "runtime/archive/zstd_frames.hpp"
#include "runtime/store/stream.hpp"

namespace backstay::runtime {

/// A segment holds this much plain content; each is a file of its own, named by its hash.
inline constexpr std::uint64_t kSegmentContent = std::uint64_t{16} << 20U;

/// Writes segments and, at the end, `NAME.parts` with their names in order, one a line. The
/// segments of a writer that never finished are dropped with PartDirectory::drop_unused_segments.
class SegmentWriter final : public StreamWriter {
 public:
  /// name  of the stream; empty: the hash of the content, which is known at the end
  SegmentWriter(PartDirectory& directory, std::string name);

  Result<void> write(std::span<const std::byte> bytes) override;
  Result<StreamInfo> finish() override;

  /// `NAME.parts`, after finish().
  [[nodiscard]] const std::string& parts_name() const { return parts_name_; }

 private:
  Result<void> flush_frame();
  Result<void> finish_segment();
  Result<void> write_parts();

  PartDirectory& directory_;
  std::string name_;
  std::string parts_name_;
  FrameCompressor compressor_;
  std::vector<std::byte> buffer_;
  std::unique_ptr<PartFile> part_;
  Sha256 content_hash_;
  Sha256 segment_hash_;
  std::uint64_t segment_content_ = 0;
  std::vector<std::string> segments_;
  StreamInfo info_;
};

}  // namespace backstay::runtime
