#include "runtime/store/part_check.hpp"

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/archive/pack_reader.hpp"
#include "runtime/archive/zstd_frames.hpp"

namespace backstay::runtime {

namespace {

constexpr std::size_t kReadBytes = std::size_t{256} << 10U;

Result<StoredDigest> hash_file(File& file) {
  Sha256 hash;
  StoredDigest digest;
  std::vector<std::byte> buffer(kReadBytes);
  while (true) {
    BACKSTAY_ASSIGN(const std::size_t count, file.read(buffer));
    if (count == 0)
      break;
    hash.update(std::span(buffer).first(count));
    digest.size += count;
  }
  digest.sha256 = hash.finish();
  return digest;
}

Result<Digest> digest_frames(FrameReader& frames) {
  Sha256 hash;
  while (true) {
    BACKSTAY_ASSIGN(const auto content, frames.next());
    if (frames.at_end())
      return hash.finish();
    hash.update(content);
  }
}

Result<void> walk_frames(FrameReader& frames) {
  while (true) {
    BACKSTAY_TRY(frames.next());
    if (frames.at_end())
      return {};
  }
}

// The stored bytes of a part on their way, and whether they are those that were written.
//
// Why a part that this process wrote is compared by a keyed hash: its SHA-256 was computed from the
// same bytes as they were written. That the device gives back other bytes of the same keyed hash
// happens by no accident, and nobody knows the key.
class StoredBytes {
 public:
  explicit StoredBytes(const PartRecord& expected) : expected_(expected) {
    if (expected.written)
      keyed_.emplace(process_hash_key());
    else
      hash_.emplace();
  }

  void update(std::span<const std::byte> bytes) {
    size_ += bytes.size();
    if (keyed_) {
      keyed_->update(bytes);
    } else {
      hash_->update(bytes);
    }
  }

  // Null: nothing. Once, at the end.
  const char* differs() {
    if (size_ != expected_.stored_size)
      return "has another size than was written";
    const bool same =
        keyed_ ? keyed_->finish() == *expected_.written : hash_->finish() == expected_.stored;
    return same ? nullptr : "has other bytes than were written";
  }

 private:
  const PartRecord& expected_;
  std::uint64_t size_ = 0;
  std::optional<KeyedHash> keyed_;
  std::optional<Sha256> hash_;
};

using Observer = std::function<void(std::span<const std::byte>)>;

Result<void> read_all(File& file, const Observer& observer) {
  std::vector<std::byte> buffer(kReadBytes);
  while (true) {
    BACKSTAY_ASSIGN(const std::size_t count, file.read(buffer));
    if (count == 0)
      return {};
    observer(std::span(buffer).first(count));
  }
}

// Decodes a part; `observer` sees its stored bytes on the way.
//
// Why the contents of archives and segments are not hashed a second time: each frame that is
// written holds the checksum of what went into the compressor. A frame without one was copied from
// an earlier snapshot, and its stored bytes were compared with their SHA-256 then. Level 2 of a
// verification compares every file with the list.
Result<void> decode(std::unique_ptr<File> file,
                    const PartRecord& expected,
                    const Observer& observer) {
  Digest plain = expected.plain;
  if (expected.check == PartCheck::Raw) {
    Sha256 hash;
    BACKSTAY_TRY(read_all(*file, [&](std::span<const std::byte> bytes) {
      hash.update(bytes);
      observer(bytes);
    }));
    plain = hash.finish();
  } else {
    FrameReader frames(std::move(file), expected.path, observer);
    if (expected.segment) {
      BACKSTAY_TRY(walk_frames(frames));
    } else if (expected.check == PartCheck::Plain) {
      BACKSTAY_ASSIGN(plain, digest_frames(frames));
    } else {
      PackReader reader(std::move(frames), expected.path);
      BACKSTAY_TRY(walk_archive(reader));
    }
  }
  if (plain == expected.plain)
    return {};
  return Error{.kind = ErrorKind::Verification,
               .message = "`" + expected.path + "` decodes to something else than was read",
               .hint = "the disk or the memory of this machine may be failing"};
}

}  // namespace

Result<StoredDigest> hash_stored(Filesystem& files, const std::string& path, ReadFrom from) {
  BACKSTAY_ASSIGN(auto file, files.open_read(path));
  if (from == ReadFrom::Device)
    file->drop_cache();
  return hash_file(*file);
}

Result<void> check_decodes(std::unique_ptr<File> file, const PartRecord& expected) {
  return decode(std::move(file), expected, [](std::span<const std::byte>) {});
}

Result<void> check_part(Filesystem& files,
                        const std::string& directory,
                        const PartRecord& expected,
                        ReadFrom from) {
  const std::string path = directory + "/" + expected.stored_name();
  BACKSTAY_ASSIGN(auto file, files.open_read(path));
  if (from == ReadFrom::Device)
    file->drop_cache();
  StoredBytes stored(expected);
  const auto look = [&](std::span<const std::byte> bytes) { stored.update(bytes); };
  BACKSTAY_TRY(expected.sealed ? read_all(*file, look) : decode(std::move(file), expected, look));
  const char* const differs = stored.differs();
  if (!differs)
    return {};
  return Error{.kind = ErrorKind::Verification,
               .message = "`" + path + "` " + differs,
               .hint = "the disk or the memory of this machine may be failing"};
}

}  // namespace backstay::runtime
