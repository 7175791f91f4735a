// The memory of an earlier run, file by file: written as the file list is, read side by side with
// the next walk, which has the same order. So it costs the same memory for any number of files.
#pragma once

#include <memory>
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

  /// Whether what was read so far was as it was written.
  [[nodiscard]] bool damaged() const { return damaged_; }

 private:
  bool next();

  FrameReader frames_;
  std::string_view rest_;    // of the frame
  std::string_view record_;  // empty: none
  KnownName name_;
  bool begun_ = false;
  bool ended_ = false;
  bool damaged_ = false;
};

/// One thread at a time. Not durable and not in its place before finish() and the caller's rename.
class KnownEntriesWriter {
 public:
  /// file  new and empty
  explicit KnownEntriesWriter(std::unique_ptr<File> file) : file_(std::move(file)) {}

  /// record  whole
  Result<void> add(std::string_view record);
  /// head  of append_known_head
  Result<void> add(std::string_view head, std::string_view part, std::uint64_t frame);
  Result<void> finish();

 private:
  Result<void> flush();

  std::unique_ptr<File> file_;
  FrameCompressor compressor_{1};
  std::string buffer_;
  std::string tail_;
};

}  // namespace backstay::runtime
