#include "runtime/restore/file_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "runtime/archive/acl.hpp"
#include "runtime/restore/privileged.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

namespace {

constexpr std::size_t kHole = 4096;

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
  std::size_t begin = 0;  // of what is not written yet
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::size_t place = static_cast<std::size_t>((offset + at) % kHole);
    const std::size_t count = std::min(bytes.size() - at, kHole - place);
    if (all_zero(bytes.subspan(at, count))) {
      if (!write_all(descriptor, bytes.subspan(begin, at - begin), offset + begin))
        return false;
      begin = at + count;
    }
    at += count;
  }
  return write_all(descriptor, bytes.subspan(begin), offset + begin);
}

// The device begins on a large piece while the next is decoded, so that the sync at the end waits
// for little. Why its answer does not matter: it waits for nothing, and that sync tells what
// failed.
void start_writing(int file, std::uint64_t offset, std::size_t size) {
  constexpr std::size_t kLarge = std::size_t{1} << 20U;
  if (size >= kLarge) {
    (void)sync_file_range(file, static_cast<off64_t>(offset), static_cast<off64_t>(size),
                          SYNC_FILE_RANGE_WRITE);
  }
}

}  // namespace

void use_own_umask() {
  if (unshare(CLONE_FS) == 0)
    umask(0);
}

// What a file of ours is when it is made, seen on one without a name. Then owner and mode need not
// be set where they are right already, which is so for most files of most trees.
void FileWriter::learn_birth() {
  learnt_ = true;
  const Descriptor probe(openat(root_, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0777));

  struct stat status {};

  if (!probe.open() || fstat(probe.get(), &status) != 0)
    return;
  const bool inherits_acl = fgetxattr(probe.get(), kAccessAcl.data(), nullptr, 0) >= 0;
  const bool exact = (status.st_mode & 07777U) == 0777U && !inherits_acl;
  birth_ = Birth{status.st_uid, status.st_gid, exact};
}

Result<Descriptor> FileWriter::create(const PlannedEntry& planned) {
  BACKSTAY_FAILPOINT("restore.file");
  if (!learnt_)
    learn_birth();
  const auto [parent, name] = split_path(planned.place);
  BACKSTAY_ASSIGN(const int directory, directories_.open(parent));
  const bool exact = birth_ && birth_->exact_mode;
  const auto mode = static_cast<mode_t>(exact ? planned.entry.mode & 0777U : 0600U);
  const int number =
      openat(directory, name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, mode);
  if (number < 0)
    return cannot_write(planned);
  return Descriptor(number);
}

Result<void> FileWriter::write_at(int file,
                                  const PlannedEntry& planned,
                                  std::span<const std::byte> content,
                                  std::uint64_t offset) {
  const bool written =
      planned.entry.sparse ? write_sparse(file, content, offset) : write_all(file, content, offset);
  if (!written)
    return cannot_write(planned);
  start_writing(file, offset, content.size());
  return {};
}

Result<void> FileWriter::finish(Descriptor file, const PlannedEntry& planned) {
  // A hole at the end has no bytes.
  if (planned.entry.sparse && ftruncate(file.get(), static_cast<off_t>(planned.entry.size)) != 0) {
    return cannot_write(planned);
  }
  const Birth* const birth = birth_ ? &*birth_ : nullptr;
  if (planned.unprivileged) {
    Entry entry = planned.entry;
    drop_privilege(entry);
    BACKSTAY_TRY(metadata_.apply(file.get(), entry, birth));
  } else {
    BACKSTAY_TRY(metadata_.apply(file.get(), planned.entry, birth));
  }
  if (::close(file.release()) != 0)
    return cannot_write(planned);
  return {};
}

Result<void> FileWriter::write(const PlannedEntry& planned,
                               std::span<const std::byte> content,
                               const Digest& digest) {
  if (digest != planned.entry.sha256 || content.size() != planned.entry.size) {
    return Error{
        .kind = ErrorKind::Verification,
        .message = "`/" + planned.entry.path + "` is not what was backed up: its hash differs"};
  }
  BACKSTAY_ASSIGN(Descriptor file, create(planned));
  BACKSTAY_TRY(write_at(file.get(), planned, content, 0));
  return finish(std::move(file), planned);
}

}  // namespace backstay::runtime
