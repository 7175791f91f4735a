// The memory of an earlier run, entry by entry: written as the file list is, read side by side with
// the next walk, which has the same order. So it costs the same memory for any number of files.
//
// It is two files: one that was written whole once, and the changes since, which are written anew
// by each run. Of a path that the changes have, nothing counts that the other file says.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lang/base/result.hpp"
#include "lang/base/sha256.hpp"
#include "runtime/archive/known_entry.hpp"
#include "runtime/archive/zstd_frames.hpp"

namespace backstay::runtime {

/// A record and where it was read.
struct KnownRecord {
  std::string_view bytes;     ///< alive until the next is read; empty: none
  bool from_changes = false;  ///< else from the file that was written whole
};

/// One thread at a time. A memory that is damaged ends early.
class KnownEntriesReader {
 public:
  explicit KnownEntriesReader(FrameReader whole, std::optional<FrameReader> changes = std::nullopt);

  /// Gets what a walk does not meet: what is gone from the source, and all that is dead.
  using Passed = std::function<void(const KnownRecord& record)>;

  /// The record of a path; empty where there is none. Paths are asked for in the order of a walk,
  /// first those of files with one name, then the others.
  KnownRecord find(std::string_view path, bool linked, const Passed& passed);
  /// What is left.
  void pass_rest(const Passed& passed);

  /// The next record, whatever its path; empty at the end.
  KnownRecord next_record();

  /// Whether what was read so far was as it was written.
  [[nodiscard]] bool damaged() const { return whole_.damaged || (changes_ && changes_->damaged); }

 private:
  // One of the two files, at one of its records.
  struct Source {
    explicit Source(FrameReader from) : frames(std::move(from)) {}

    void next();

    FrameReader frames;
    std::string_view rest = {};    // of the frame
    std::string_view record = {};  // empty: none
    KnownName name = {};
    bool begun = false;
    bool ended = false;
    bool damaged = false;
  };

  void next();

  Source whole_;
  std::optional<Source> changes_;
  KnownRecord record_;
  KnownName name_;
  bool begun_ = false;
  bool given_ = false;  // find() gave the record
};

/// One thread at a time. Records come in their order. Not durable and not in its place before
/// finish() and the caller's rename.
class KnownEntriesWriter {
 public:
  /// What is written: a file that needs no other, or what differs from one.
  enum class Form : std::uint8_t { Whole, Changes };

  /// file  new and empty
  KnownEntriesWriter(std::unique_ptr<File> file, Form form) : file_(std::move(file)), form_(form) {}

  [[nodiscard]] Form form() const { return form_; }

  /// record  whole
  Result<void> add(std::string_view record);
  /// tail  what follows the head of a record
  Result<void> add(std::string_view head, std::string_view tail, ListPlace place);
  /// A record of the earlier memory, as it was.
  Result<void> keep(const KnownRecord& record);
  Result<void> finish();

  /// After finish(): nothing differs from the file that is whole. Then this one is not durable, and
  /// not needed.
  [[nodiscard]] bool nothing() const { return form_ == Form::Changes && !any_; }

  /// Of the file's bytes; after finish().
  [[nodiscard]] const Digest& digest() const { return digest_; }

 private:
  Result<void> put(std::string_view head, std::string_view tail);
  Result<void> put_held(std::string_view record);
  Result<void> flush();

  std::unique_ptr<File> file_;
  Form form_;
  FrameCompressor compressor_{1};
  std::string buffer_;
  bool any_ = false;
  // Dead contents of one path that only the whole file has: they are written again where anything
  // else of that path is.
  std::string held_;
  std::string held_path_;
  bool held_linked_ = false;
  Sha256 hash_;
  Digest digest_{};
};

}  // namespace backstay::runtime
