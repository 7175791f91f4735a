// A part of a snapshot while it is written: hashed on the way, made durable, named by its hash.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lang/base/keyed_hash.hpp"
#include "lang/base/result.hpp"
#include "lang/base/sha256.hpp"
#include "runtime/archive/known_parts.hpp"
#include "runtime/archive/part_record.hpp"
#include "runtime/archive/zstd_frames.hpp"
#include "runtime/seal/sealer.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// Where the parts of one component are written: its directory in the staging. Thread-safe.
class PartDirectory {
 public:
  PartDirectory(Filesystem& files, std::string path);

  [[nodiscard]] Filesystem& files() { return files_; }

  [[nodiscard]] const std::string& path() const { return path_; }

  /// What an earlier snapshot has and this one may link. Set before the first part is written;
  /// `links` false: the store's file system has no hard links, so parts are copied.
  void remember(KnownParts parts, bool links);

  /// From now on every part is sealed before a byte of it is written. Set before the first part;
  /// null: nothing is sealed. The sealer must outlive the directory.
  void seal_with(const Sealer* sealer) { sealer_ = sealer; }

  [[nodiscard]] const Sealer* sealer() const { return sealer_; }

  /// The level of zstd for new parts. Set before the first part.
  void compress_at(int level) { level_ = level; }

  [[nodiscard]] int level() const { return level_; }

  [[nodiscard]] const KnownParts& previous() const { return previous_; }

  /// Where the key of tag() comes from: the same in every run of a host into a store, else that of
  /// the process. Set before the first part; asked for once, and only where there are segments.
  void tag_with(std::function<HashKey()> source) { key_source_ = std::move(source); }

  /// By what a segment is found again: a keyed hash of its plain bytes, followed by zeros.
  [[nodiscard]] Digest tag(std::span<const std::byte> plain) const;

  /// A name for a file in the making, unique here.
  [[nodiscard]] std::string new_temporary();
  /// Whether the caller is the first with this name; a part of equal content is stored once.
  [[nodiscard]] bool claim(const std::string& name);
  void add(PartRecord record);
  /// What was stored so far, in the order of completion.
  [[nodiscard]] std::vector<PartRecord> records() const;
  /// A segment of this run with this content.
  [[nodiscard]] std::optional<PartRecord> segment(const Digest& plain) const;

  /// Makes a part of the earlier snapshot one of this: a hard link, or, where the file system makes
  /// no more of them, a copy that is compared with the hash. name  its new name; empty: its old one
  /// Errors: Refused (links are forbidden, or the snapshots lie on several file systems),
  /// Verification, Io, NoSpace.
  Result<PartRecord> link(const PartRecord& known, const std::string& name = {});
  /// The same for every segment that a list of the earlier snapshot names, and for the list.
  Result<void> link_parts(const PartRecord& list, const std::vector<std::string>& segments);

  /// Of a linked pack: how many bytes of it this snapshot uses.
  void set_live(const std::string& path, std::uint64_t live);

  /// Notes that a finished stream needs a segment.
  void use(const std::string& name);
  /// Removes the segments that no finished stream needs: they belong to a dump that was begun anew
  /// or a file that changed while it was read.
  Result<void> drop_unused_segments();

 private:
  Result<PartRecord> copy(const PartRecord& known, PartRecord record);

  Filesystem& files_;
  std::string path_;
  KnownParts previous_;
  bool links_ = true;
  std::function<HashKey()> key_source_;
  mutable std::once_flag keyed_;
  mutable HashKey tag_key_ = process_hash_key();
  int level_ = kZstdLevel;
  const Sealer* sealer_ = nullptr;
  mutable std::mutex mutex_;
  std::uint64_t next_temporary_ = 0;
  std::set<std::string> names_;
  std::set<std::string> used_;
  std::map<Digest, PartRecord> segments_;
  std::vector<PartRecord> records_;
};

/// What a finished part is called and how it is read back.
struct PartSpec {
  PartCheck check = PartCheck::Raw;
  Digest plain{};
  std::string suffix = {};  ///< behind its hash
  std::string name = {};    ///< instead of hash and suffix
  bool segment = false;
  std::uint64_t members = 0;
  std::uint64_t content = 0;
  std::vector<std::string> segments = {};  ///< of a list of segments
};

/// Whether what is written is stored as it is, or sealed where the directory seals.
enum class PartBytes : std::uint8_t { ToSeal, AsTheyAre };

/// One part in the making. Destroyed before finish(), it removes what it wrote.
/// A failed write, fsync or close condemns it: every later call fails too, and fsync is never
/// retried.
///
/// A sealed part waits in memory until it is whole: it is decoded and compared with what went into
/// it first, then sealed, and only sealed bytes are written.
class PartFile {
 public:
  explicit PartFile(PartDirectory& directory, PartBytes bytes = PartBytes::ToSeal);
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  Result<void> write(std::span<const std::byte> bytes);

  /// Bytes so far, not sealed.
  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// Makes it durable and names it.
  Result<PartRecord> finish(const PartSpec& spec);

 private:
  Result<void> open();
  Result<void> store(std::span<const std::byte> bytes);
  void start_writing();
  Result<void> seal(const PartSpec& spec);
  Result<void> make_durable();

  PartDirectory& directory_;
  std::string temporary_;
  std::unique_ptr<File> file_;
  const Sealer* sealer_;
  std::vector<std::byte> plain_;           // to be sealed
  Sha256 hash_;                            // of what is stored
  KeyedHash written_{process_hash_key()};  // the same bytes, for who reads them back
  std::uint64_t size_ = 0;
  std::uint64_t stored_size_ = 0;
  std::uint64_t begun_ = 0;  // bytes that are on their way to the device
  bool condemned_ = false;
};

}  // namespace backstay::runtime
