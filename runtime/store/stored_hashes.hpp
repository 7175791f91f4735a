// What stored files hash to, remembered: a part that several snapshots share is hashed once, and one
// that is decoded is hashed on the way.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "lang/base/result.hpp"
#include "runtime/archive/zstd_frames.hpp"
#include "runtime/store/part_check.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// Hashes of stored files by inode. Thread-safe.
class StoredHashes {
 public:
  /// As hash_stored(), but from memory where this inode was read before.
  Result<StoredDigest> of(Filesystem& files, const std::string& path);
  [[nodiscard]] bool knows(const FileStatus& status) const;
  void add(const FileStatus& status, const StoredDigest& digest);
  /// Of all files that were read.
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, StoredDigest> known_;
};

/// Hashes the stored bytes of one file while something else reads it from begin to end.
class HashOnTheWay {
 public:
  /// Of nothing.
  HashOnTheWay() = default;
  /// hashes  where the result goes; null, or one that knows the file: nothing is hashed
  /// Errors: Io, where there is no such file.
  static Result<HashOnTheWay> begin(StoredHashes* hashes,
                                    Filesystem& files,
                                    const std::string& path);

  /// For the reader of the file. May outlive this.
  [[nodiscard]] FrameReader::Observer observer() const;
  /// The reader met the end of the file. Without this nothing is known of it.
  void finish();

 private:
  struct Running;
  std::shared_ptr<Running> running_;
};

}  // namespace backstay::runtime
