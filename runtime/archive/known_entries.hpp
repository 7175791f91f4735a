// The memory of an earlier run, file by file: written as the file list is, read side by side with
// the next walk, which has the same order. So it costs the same memory for any number of files.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lang/base/result.hpp"
#include "runtime/archive/known_entry.hpp"
#include "runtime/archive/zstd_frames.hpp"

namespace backstay::runtime {

/// One thread at a time. A memory that is damaged ends early: what follows is read anew.
class KnownEntriesReader {
 public:
  explicit KnownEntriesReader(FrameReader frames) : frames_(std::move(frames)) {}

  /// The record of a file; empty where there is none. Paths are asked for in the order of a walk,
  /// first those of files with one name, then the others.
  std::string_view find(std::string_view path, bool linked);

  /// The place of the record that find() gave: 0, 1, 2 …
  [[nodiscard]] std::uint64_t number() const { return read_ - 1; }

  /// The next record, whatever its path; empty at the end.
  std::string_view next_record();

  /// How many there are; reads what is left. Nothing where it is damaged.
  [[nodiscard]] std::optional<std::uint64_t> count_all();

  /// Whether what was read so far was as it was written.
  [[nodiscard]] bool damaged() const { return damaged_; }

 private:
  bool next();

  FrameReader frames_;
  std::string_view rest_;    // of the frame
  std::string_view record_;  // empty: none
  KnownName name_;
  std::uint64_t read_ = 0;  // records
  bool begun_ = false;
  bool ended_ = false;
  bool damaged_ = false;
};

/// One thread at a time. Not durable and not in its place before finish() and the caller's rename.
class KnownEntriesWriter {
 public:
  /// Opens the earlier memory once more, from its beginning.
  using Earlier = std::function<Result<FrameReader>()>;

  /// file  new and empty. earlier  empty: there is none
  explicit KnownEntriesWriter(std::unique_ptr<File> file, Earlier earlier = {})
      : file_(std::move(file)), earlier_(std::move(earlier)), same_(earlier_ != nullptr) {}

  /// record  whole
  Result<void> add(std::string_view record);
  /// A record of the earlier memory, as it was. number  its place there
  Result<void> keep(std::string_view record, std::uint64_t number);
  /// head  of append_known_head
  Result<void> add(std::string_view head, std::string_view part, std::uint64_t frame);
  /// earlier  how many records the earlier memory has; nothing where that cannot be known
  Result<void> finish(std::optional<std::uint64_t> earlier = std::nullopt);

  /// Whether it would be the earlier memory again: nothing was written, keep that one. After
  /// finish().
  [[nodiscard]] bool same_as_earlier() const { return same_; }

 private:
  Result<void> put(std::string_view head, std::string_view tail);
  Result<void> differ();
  Result<void> flush();

  std::unique_ptr<File> file_;
  Earlier earlier_;
  bool same_ = false;       // so far
  std::uint64_t kept_ = 0;  // while it is
  FrameCompressor compressor_{1};
  std::string buffer_;
  std::string tail_;
};

}  // namespace backstay::runtime
