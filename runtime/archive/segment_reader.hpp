// A content in segments, read back and compared with its hash.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/zstd_frames.hpp"
#include "runtime/store/stored_hashes.hpp"
#include "runtime/store/stream.hpp"

namespace backstay::runtime {

/// The names in a `.parts` file, in order. Errors: BadInput for what is no such list, NotFound, Io.
[[nodiscard]] Result<std::vector<std::string>> read_parts(Filesystem& files,
                                                          const std::string& path);

/// What a stream must be.
struct StreamExpectation {
  std::uint64_t size = 0;
  Digest sha256{};
};

/// One thread at a time.
class SegmentReader final : public StreamReader {
 public:
  /// directory  of the component; name  for messages; hashes  learns those of the segments, or null
  SegmentReader(Filesystem& files,
                std::string directory,
                std::vector<std::string> segments,
                StreamExpectation expected,
                std::string name,
                StoredHashes* hashes = nullptr);

  Result<std::size_t> read(std::span<std::byte> buffer) override;
  /// The same without a copy: what comes next, alive until the next call; empty at the end.
  Result<std::span<const std::byte>> next();

 private:
  Result<void> next_frame();
  Result<void> end();

  Filesystem& files_;
  std::string directory_;
  std::vector<std::string> segments_;
  StreamExpectation expected_;
  std::string name_;
  StoredHashes* hashes_;
  std::size_t next_segment_ = 0;
  std::optional<FrameReader> frames_;
  HashOnTheWay stored_;  // of what frames_ reads
  std::span<const std::byte> rest_;
  Sha256 hash_;
  std::uint64_t size_ = 0;
  bool ended_ = false;
};

}  // namespace backstay::runtime
