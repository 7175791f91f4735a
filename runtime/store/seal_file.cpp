#include "runtime/store/seal_file.hpp"

#include "runtime/store/part_check.hpp"

namespace backstay::runtime {
namespace {

Error damaged(const std::string& path) {
  return {.kind = ErrorKind::Verification,
          .message = "`" + path + "` is not what SHA256SUMS says",
          .hint = "look at the disk it lies on: `backstay verify` names all that is damaged"};
}

}  // namespace

Result<void> seal_file(Filesystem& files,
                       const Sealer& sealer,
                       const std::string& source,
                       const std::string& into,
                       Keep keep,
                       SealedFile& one) {
  const std::string from = source + "/" + one.plain;
  BACKSTAY_ASSIGN(const StoredDigest before, hash_stored(files, from));
  if (before.sha256 != one.plain_digest)
    return damaged(from);
  const std::string temporary = into + "/" + one.plain + ".writing";
  BACKSTAY_ASSIGN(const auto reader, files.open_read(from));
  BACKSTAY_ASSIGN(const auto writer, files.create(temporary, 0400));
  Sha256 plain;
  Sha256 sealed;
  one.size = 0;
  BACKSTAY_TRY(sealer.seal(
      "`" + from + "`",
      [&](std::span<std::byte> room) -> Result<std::size_t> {
        BACKSTAY_ASSIGN(const std::size_t size, reader->read(room));
        plain.update(std::span<const std::byte>(room.first(size)));
        return size;
      },
      [&](std::span<const std::byte> bytes) -> Result<void> {
        sealed.update(bytes);
        one.size += bytes.size();
        return writer->write(bytes);
      }));
  if (plain.finish() != one.plain_digest)
    return damaged(from);
  if (keep == Keep::Durable)
    BACKSTAY_TRY(writer->sync());
  BACKSTAY_TRY(writer->close());
  one.digest = sealed.finish();
  one.stored = sealed_name(one.plain, one.digest);
  return files.rename_no_replace(temporary, into + "/" + one.stored);
}

}  // namespace backstay::runtime
