// One restored file: made new, filled, compared with its hash, given its metadata.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "lang/base/result.hpp"
#include "runtime/restore/beneath.hpp"
#include "runtime/restore/metadata.hpp"
#include "runtime/store/stream.hpp"

namespace backstay::runtime {

struct PlannedEntry;

/// One thread at a time.
class FileWriter {
 public:
  FileWriter(int root, RestoreNotes& notes) : directories_(root), metadata_(notes) {}

  /// Errors: Verification before a byte is written, where the content is not that of the entry.
  Result<void> write(const PlannedEntry& planned, std::span<const std::byte> content);
  /// The reader compares the hash itself. `heard` is called with every piece's size.
  Result<void> write_stream(const PlannedEntry& planned,
                            StreamReader& reader,
                            const std::function<Result<void>(std::uint64_t)>& heard);

 private:
  Result<Descriptor> create(const PlannedEntry& planned);
  Result<void> close(Descriptor file, const PlannedEntry& planned);

  DirectoryCache directories_;
  MetadataWriter metadata_;
};

}  // namespace backstay::runtime
