// Reading an archive of ours back: frame by frame, member by member, nothing on disk.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/zstd_frames.hpp"

namespace backstay::runtime {

/// A member of an archive; the spans live until the next call.
struct ArchiveMember {
  std::span<const std::byte> header;
  std::span<const std::byte> content;
};

/// One thread at a time.
class PackReader {
 public:
  PackReader(FrameReader frames, std::string name);

  /// The next member. False: the archive ended as it should.
  /// Errors: Verification for anything that is not an archive of ours, wholly there.
  Result<bool> next(ArchiveMember& member);
  /// All members of the next frame, or what is left of the one that next() began; their spans live
  /// until the next call. False: the archive ended as it should.
  Result<bool> next_frame(std::vector<ArchiveMember>& members);
  /// Goes to the first member of the frame that begins at `offset`.
  Result<void> seek_frame(std::uint64_t offset);

 private:
  FrameReader frames_;
  std::string name_;
  std::span<const std::byte> frame_;
  bool ended_ = false;
};

/// Reads all of an archive: every frame decodes to what its checksum says, every member is whole.
/// Contents are not hashed.
[[nodiscard]] Result<void> walk_archive(PackReader& reader);

}  // namespace backstay::runtime
