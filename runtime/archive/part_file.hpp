// A part of a snapshot while it is written: hashed on the way, made durable, named by its hash.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "lang/base/sha256.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// How a part is read back and what must come out.
enum class PartCheck : std::uint8_t {
  Tar,    ///< frames of a tar archive, walked from member to member; `plain` is not used
  Plain,  ///< frames of something else: `plain` is the SHA-256 of the decoded bytes
  Raw,    ///< not compressed: `plain` is the hash of the bytes themselves
};

/// The ending of a segment's name, and of the file that lists the segments of a stream.
inline constexpr const char* kSegmentSuffix = ".zst";
inline constexpr const char* kPartsSuffix = ".parts";

/// A finished, durable part.
struct PartRecord {
  std::string
      path;  ///< below the directory of the component: `HASH.tar.zst`, `list/000001.jsonl.zst`
  std::uint64_t stored_size = 0;
  Digest stored{};
  PartCheck check = PartCheck::Raw;
  Digest plain{};
  bool segment = false;  ///< counts only when a finished stream uses it
};

/// Where the parts of one component are written: its directory in the staging. Thread-safe.
class PartDirectory {
 public:
  PartDirectory(Filesystem& files, std::string path);

  [[nodiscard]] Filesystem& files() { return files_; }

  [[nodiscard]] const std::string& path() const { return path_; }

  /// A name for a file in the making, unique here.
  [[nodiscard]] std::string new_temporary();
  /// Whether the caller is the first with this name; a part of equal content is stored once.
  [[nodiscard]] bool claim(const std::string& name);
  void add(PartRecord record);
  /// What was stored so far, in the order of completion.
  [[nodiscard]] std::vector<PartRecord> records() const;
  /// Notes that a finished stream needs a segment.
  void use(const std::string& name);
  /// Removes the segments that no finished stream needs: they belong to a dump that was begun anew
  /// or a file that changed while it was read.
  Result<void> drop_unused_segments();

 private:
  Filesystem& files_;
  std::string path_;
  mutable std::mutex mutex_;
  std::uint64_t next_temporary_ = 0;
  std::set<std::string> names_;
  std::set<std::string> used_;
  std::vector<PartRecord> records_;
};

/// One part in the making. Destroyed before finish(), it removes what it wrote.
/// A failed write, fsync or close condemns it: every later call fails too, and fsync is never
/// retried.
class PartFile {
 public:
  explicit PartFile(PartDirectory& directory);
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  Result<void> write(std::span<const std::byte> bytes);

  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// Makes it durable and names it: by its hash and `suffix`, or `fixed_name` where that is given.
  Result<PartRecord> finish(PartCheck check,
                            const Digest& plain,
                            const std::string& suffix,
                            const std::string& fixed_name = {},
                            bool segment = false);

 private:
  Result<void> open();
  Result<void> seal();

  PartDirectory& directory_;
  std::string temporary_;
  std::unique_ptr<File> file_;
  Sha256 hash_;
  std::uint64_t size_ = 0;
  bool condemned_ = false;
};

}  // namespace backstay::runtime
