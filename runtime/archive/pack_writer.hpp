// Packs: many small files as one pax archive in independent zstd frames.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/live_names.hpp"
#include "runtime/archive/part_file.hpp"
#include "runtime/archive/zstd_frames.hpp"

namespace backstay::runtime {

/// Files of at least this size are cut into segments instead of going into packs.
inline constexpr std::uint64_t kLargeFile = std::uint64_t{16} << 20U;
/// A frame is closed once it holds this much, so that one file can be read without the whole pack.
inline constexpr std::size_t kFrameContent = std::size_t{4} << 20U;
inline constexpr std::uint64_t kPackContent = std::uint64_t{64} << 20U;
inline constexpr std::size_t kPackEntries = 10'000;
/// A sealed pack waits in memory until it is whole, and is opened as a whole: it holds less.
inline constexpr std::uint64_t kSealedPackContent = std::uint64_t{16} << 20U;

/// A pack whose name is known only once it is full, or one that an earlier snapshot has.
class PackHandle {
 public:
  PackHandle() = default;

  /// Of an earlier snapshot; `live` hears of every file of it that the list names.
  PackHandle(std::string name, LiveNames* live)
      : name_(std::move(name)), live_(live), named_(true) {}

  void set_name(std::string name) {
    name_ = std::move(name);
    named_.store(true, std::memory_order_release);
  }

  /// Whether name() may be asked for; any thread.
  [[nodiscard]] bool named() const { return named_.load(std::memory_order_acquire); }

  [[nodiscard]] const std::string& name() const { return name_; }

  [[nodiscard]] LiveNames* live() const { return live_; }

 private:
  std::string name_;
  LiveNames* live_ = nullptr;
  std::atomic<bool> named_ = false;
};

/// Fills packs one after the other. One thread at a time; each worker has its own.
class PackWriter {
 public:
  explicit PackWriter(PartDirectory& directory);

  /// Whether reserve() would leave in place what was accepted.
  [[nodiscard]] bool has_room(std::size_t wanted) const { return used_ + wanted <= capacity_; }

  /// Whether flush_full() would write a frame.
  [[nodiscard]] bool is_full() const;

  /// Room for a content of `size` bytes after a header; alive until the next call. The caller fills
  /// it and then calls accept() or reject().
  std::span<std::byte> reserve(std::string_view header, std::size_t size);
  /// Keeps what was reserved.
  void accept();
  void reject();

  /// Where what is accepted next will be.
  [[nodiscard]] std::shared_ptr<const PackHandle> pack();
  [[nodiscard]] std::uint64_t frame() const;

  /// Writes what is full. True: a pack was finished.
  Result<bool> flush_full();
  /// Ends the last pack.
  Result<void> finish();

 private:
  Result<void> flush_frame();
  Result<void> finish_pack();
  [[nodiscard]] bool pack_is_full() const;
  void make_room(std::size_t wanted);

  PartDirectory& directory_;
  FrameCompressor compressor_;
  std::unique_ptr<PartFile> part_;
  std::shared_ptr<PackHandle> handle_;
  std::unique_ptr<std::byte[]>
      buffer_;  // NOLINT(modernize-avoid-c-arrays): uninitialised on purpose
  std::size_t capacity_ = 0;
  std::size_t used_ = 0;
  std::size_t header_size_ = 0;
  std::size_t content_size_ = 0;
  std::uint64_t pack_content_ = 0;
  std::size_t pack_entries_ = 0;
};

/// An archive of entries without content, in as many frames as it takes: `meta.tar.zst`. Linked
/// where the earlier snapshot has the same.
class MetaWriter {
 public:
  MetaWriter(PartDirectory& directory, std::string name);

  /// header  the bytes of one entry's header
  Result<void> add(std::string_view header);
  /// Writes nothing where nothing was added.
  Result<void> finish();

 private:
  Result<void> flush(std::span<const std::byte> content);

  PartDirectory& directory_;
  std::string name_;
  FrameCompressor compressor_;
  PartFile part_;
  Sha256 plain_;
  std::string buffer_;
  std::vector<std::byte> held_;  // frames that are not written yet
  bool any_ = false;
};

}  // namespace backstay::runtime
