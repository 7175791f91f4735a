#include "runtime/restore/file_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "runtime/restore/tree_writer.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

namespace {

constexpr std::size_t kHole = 4096;
constexpr std::size_t kPiece = std::size_t{1} << 20U;

Error cannot_write(const PlannedEntry& planned) {
  return errno_error(errno, "cannot write `/" + planned.entry.path + "`");
}

bool all_zero(std::span<const std::byte> bytes) {
  return bytes.empty() || (bytes[0] == std::byte{0} &&
                           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

bool write_all(int descriptor, std::span<const std::byte> bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t count =
        pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return false;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return true;
}

// Leaves out blocks of zeros: they stay holes.
bool write_sparse(int descriptor, std::span<const std::byte> bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const std::size_t count =
        std::min(bytes.size(), kHole - static_cast<std::size_t>(offset % kHole));
    if (!all_zero(bytes.first(count)) && !write_all(descriptor, bytes.first(count), offset))
      return false;
    bytes = bytes.subspan(count);
    offset += count;
  }
  return true;
}

}  // namespace

Result<Descriptor> FileWriter::create(const PlannedEntry& planned) {
  BACKSTAY_FAILPOINT("restore.file");
  const auto [parent, name] = split_path(planned.place);
  BACKSTAY_ASSIGN(const int directory, directories_.open(parent));
  const int number =
      openat(directory, name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (number < 0)
    return cannot_write(planned);
  return Descriptor(number);
}

Result<void> FileWriter::close(Descriptor file, const PlannedEntry& planned) {
  BACKSTAY_TRY(metadata_.apply(file.get(), planned.entry));
  if (::close(file.release()) != 0)
    return cannot_write(planned);
  return {};
}

Result<void> FileWriter::write(const PlannedEntry& planned, std::span<const std::byte> content) {
  if (content.size() != planned.entry.size || sha256(content) != planned.entry.sha256) {
    return Error{
        .kind = ErrorKind::Verification,
        .message = "`/" + planned.entry.path + "` is not what was backed up: its hash differs"};
  }
  BACKSTAY_ASSIGN(Descriptor file, create(planned));
  bool written = false;
  if (planned.entry.sparse) {
    written = write_sparse(file.get(), content, 0) &&
              ftruncate(file.get(), static_cast<off_t>(content.size())) == 0;
  } else {
    written = write_all(file.get(), content, 0);
  }
  if (!written)
    return cannot_write(planned);
  return close(std::move(file), planned);
}

Result<void> FileWriter::write_stream(const PlannedEntry& planned,
                                      StreamReader& reader,
                                      const std::function<Result<void>(std::uint64_t)>& heard) {
  BACKSTAY_ASSIGN(Descriptor file, create(planned));
  std::vector<std::byte> buffer(kPiece);
  std::uint64_t offset = 0;
  while (true) {
    BACKSTAY_ASSIGN(const std::size_t count, reader.read(buffer));
    if (count == 0)
      break;
    const auto piece = std::span<const std::byte>(buffer).first(count);
    const bool written = planned.entry.sparse ? write_sparse(file.get(), piece, offset)
                                              : write_all(file.get(), piece, offset);
    if (!written)
      return cannot_write(planned);
    offset += count;
    BACKSTAY_TRY(heard(count));
  }
  if (ftruncate(file.get(), static_cast<off_t>(offset)) != 0)
    return cannot_write(planned);
  return close(std::move(file), planned);
}

}  // namespace backstay::runtime
