#include "runtime/store/part_check.hpp"

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

// Whether a frame of zstd ends with a checksum of its content: a bit of its header (RFC 8878,
// 3.1.1.1.1). What does not compress is stored without.
bool has_checksum(std::span<const std::byte> frame) {
  constexpr std::size_t kDescriptor = 4;
  constexpr std::byte kChecksumFlag{0x04};
  return frame.size() > kDescriptor && (frame[kDescriptor] & kChecksumFlag) != std::byte{};
}

// A segment is one frame. Where its checksum proves the content that is not hashed once more.
Result<Digest> digest_segment(FrameReader& frames, const bool& checksum, const Digest& expected) {
  Sha256 hash;
  while (true) {
    BACKSTAY_ASSIGN(const auto content, frames.next());
    if (frames.at_end())
      return checksum ? expected : hash.finish();
    if (!checksum)
      hash.update(content);
  }
}

// Decodes a part; `hash` sees its stored bytes on the way. The digest is what `expected.plain` must
// be.
//
// Why the contents of archives and segments are not hashed a second time: each frame holds the
// checksum of what went into the compressor, and the stored bytes were hashed as they were written.
// Level 2 of a verification compares every file with the list.
Result<Digest> decode(std::unique_ptr<File> file,
                      const PartRecord& expected,
                      Sha256& hash,
                      std::uint64_t& size) {
  bool checksum = false;
  FrameReader frames(std::move(file), expected.path, [&](std::span<const std::byte> bytes) {
    if (size == 0)
      checksum = has_checksum(bytes);
    hash.update(bytes);
    size += bytes.size();
  });
  if (expected.check == PartCheck::Plain && !expected.segment)
    return digest_frames(frames);
  if (expected.segment)
    return digest_segment(frames, checksum, expected.plain);
  PackReader reader(std::move(frames), expected.path);
  BACKSTAY_TRY(walk_archive(reader));
  return expected.plain;
}

}  // namespace

Result<StoredDigest> hash_stored(Filesystem& files, const std::string& path, ReadFrom from) {
  BACKSTAY_ASSIGN(auto file, files.open_read(path));
  if (from == ReadFrom::Device)
    file->drop_cache();
  return hash_file(*file);
}

Result<StoredDigest> check_decodes(std::unique_ptr<File> file, const PartRecord& expected) {
  StoredDigest stored;
  Digest plain{};
  if (expected.check == PartCheck::Raw) {
    BACKSTAY_ASSIGN(stored, hash_file(*file));
    plain = stored.sha256;
  } else {
    Sha256 hash;
    BACKSTAY_ASSIGN(plain, decode(std::move(file), expected, hash, stored.size));
    stored.sha256 = hash.finish();
  }
  if (plain == expected.plain)
    return stored;
  return Error{.kind = ErrorKind::Verification,
               .message = "`" + expected.path + "` decodes to something else than was read",
               .hint = "the disk or the memory of this machine may be failing"};
}

Result<void> check_part(Filesystem& files,
                        const std::string& directory,
                        const PartRecord& expected,
                        ReadFrom from) {
  const std::string path = directory + "/" + expected.stored_name();
  BACKSTAY_ASSIGN(auto file, files.open_read(path));
  if (from == ReadFrom::Device)
    file->drop_cache();
  StoredDigest stored;
  if (expected.sealed) {
    BACKSTAY_ASSIGN(stored, hash_file(*file));
  } else {
    BACKSTAY_ASSIGN(stored, check_decodes(std::move(file), expected));
  }
  const char* differs = nullptr;
  if (stored.size != expected.stored_size)
    differs = "has another size than was written";
  if (!differs && stored.sha256 != expected.stored)
    differs = "has other bytes than were written";
  if (!differs)
    return {};
  return Error{.kind = ErrorKind::Verification,
               .message = "`" + path + "` " + differs,
               .hint = "the disk or the memory of this machine may be failing"};
}

}  // namespace backstay::runtime
