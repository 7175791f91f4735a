// One restored file: made new, filled, compared with its hash, given its metadata.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "lang/base/result.hpp"
#include "lang/base/sha256.hpp"
#include "runtime/restore/beneath.hpp"
#include "runtime/restore/metadata.hpp"
#include "runtime/restore/planned_entry.hpp"

namespace backstay::runtime {

/// Gives the calling thread, which must not be the first one, an empty umask of its own, so that
/// files are made with their mode. Where that is not allowed their mode is set later.
void use_own_umask();

/// One thread at a time.
class FileWriter {
 public:
  FileWriter(int root, RestoreNotes& notes) : root_(root), directories_(root), metadata_(notes) {}

  /// A whole file whose content has this hash. Errors: Verification before a byte is written, where
  /// it is not that of the entry; NoSpace, Io.
  Result<void> write(const PlannedEntry& planned,
                     std::span<const std::byte> content,
                     const Digest& digest);

  /// The same of a content that was not hashed yet.
  Result<void> write(const PlannedEntry& planned, std::span<const std::byte> content) {
    return write(planned, content, sha256(content));
  }

  /// A file of pieces: made empty, each piece written at its place (by any writer), then finished.
  /// The caller compares the hash.
  Result<Descriptor> create(const PlannedEntry& planned);
  static Result<void> write_at(int file,
                               const PlannedEntry& planned,
                               std::span<const std::byte> content,
                               std::uint64_t offset);
  /// Size, metadata, close.
  Result<void> finish(Descriptor file, const PlannedEntry& planned);

 private:
  void learn_birth();

  int root_;
  DirectoryCache directories_;
  MetadataWriter metadata_;
  bool learnt_ = false;
  std::optional<Birth> birth_;
};

}  // namespace backstay::runtime
