// A file that is stored in segments, written by several threads: each decodes one, the hash takes
// them in their order, and each writes its own at the place that it then knows.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/restore/file_writer.hpp"
#include "runtime/restore/planned_entry.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// Thread-safe. Its segments must be begun in their order, each once, by any thread.
class LargeFile {
 public:
  using Heard = std::function<void(std::uint64_t bytes)>;

  /// parts  directory of the component
  LargeFile(Filesystem& files,
            std::string parts,
            PlannedEntry planned,
            std::vector<std::string> segments);

  [[nodiscard]] std::size_t segments() const { return segments_.size(); }

  [[nodiscard]] const PlannedEntry& planned() const { return planned_; }

  /// Writes one. The last to be done gives the file its metadata and closes it. Errors:
  /// Verification (the content is not what was backed up), NoSpace, Io; then all that wait end.
  Result<void> write(std::size_t segment, FileWriter& writer, const Heard& heard);

 private:
  Result<void> write_segment(std::size_t segment, FileWriter& writer, const Heard& heard);
  Result<void> wait_for_turn(std::size_t segment, FileWriter& writer);
  Result<std::uint64_t> take(std::span<const std::byte> content);
  Result<void> pass_turn();
  Result<void> written(FileWriter& writer);

  Filesystem& files_;
  std::string parts_;
  PlannedEntry planned_;
  std::vector<std::string> segments_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t turn_ = 0;     // the segment that the hash takes next
  std::size_t written_ = 0;  // segments
  std::optional<Error> failed_;
  // Only for who has the turn.
  Descriptor file_;
  Sha256 hash_;
  std::uint64_t size_ = 0;
};

}  // namespace backstay::runtime
