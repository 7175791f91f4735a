// Zstandard frames: the one owner of <zstd.h>. Every frame carries the checksum of its content, and
// frames one after the other are one valid .zst file.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "lang/base/result.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// The level of a backup; what makes a frame good enough and fast.
inline constexpr int kZstdLevel = 3;
/// That of a backup that asks for speed.
inline constexpr int kFastZstdLevel = 1;

/// Makes whole frames. One thread at a time; keeps its memory between frames.
class FrameCompressor {
 public:
  explicit FrameCompressor(int level = kZstdLevel);
  ~FrameCompressor();
  FrameCompressor(FrameCompressor&&) noexcept;
  FrameCompressor& operator=(FrameCompressor&&) noexcept;

  /// One frame of `content`, stored where samples say that it does not compress. The span lives
  /// until the next call.
  std::span<const std::byte> compress(std::span<const std::byte> content);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads a file of frames, frame by frame: a frame of ours at once, any other through a bounded
/// buffer.
class FrameReader {
 public:
  /// Called with every piece of stored bytes in order, for hashing; may be empty.
  using Observer = std::function<void(std::span<const std::byte>)>;

  FrameReader(std::unique_ptr<File> file, std::string name, Observer observer = {});
  ~FrameReader();
  FrameReader(FrameReader&&) noexcept;
  FrameReader& operator=(FrameReader&&) noexcept;

  /// The next frame's content, alive until the next call; empty at the end of the file.
  /// Errors: Verification (damaged, cut short, checksum wrong, or larger than any frame of ours),
  /// Io.
  Result<std::span<const std::byte>> next();
  /// Whether the last next() met the end of the file (a frame may be empty too).
  [[nodiscard]] bool at_end() const;
  /// Whether stored bytes follow; what the last next() gave stays alive.
  Result<bool> more();
  /// Goes to a frame that begins at `offset`. Not together with an observer.
  Result<void> seek(std::uint64_t offset);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Frames hold at most this many bytes of content: a file just below the limit of large ones, its
/// header, and what was in the frame before it.
inline constexpr std::size_t kLargestFrame = std::size_t{40} << 20U;

}  // namespace backstay::runtime
