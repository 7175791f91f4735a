#include "runtime/archive/file_worker.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "runtime/archive/pax.hpp"
#include "runtime/archive/segment_writer.hpp"
#include "runtime/archive/source_directory.hpp"

namespace backstay::runtime {

namespace {

constexpr int kAttempts = 3;
constexpr std::size_t kReadBytes = std::size_t{1} << 20U;

bool same_time(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

EntryType special_type(unsigned char type) {
  if (type == DT_FIFO)
    return EntryType::Fifo;
  return type == DT_CHR ? EntryType::CharacterDevice : EntryType::BlockDevice;
}

// Reads until the buffer is full or the file ends. Negative: errno.
ssize_t read_fully(int descriptor, std::span<std::byte> buffer) {
  std::size_t got = 0;
  while (got < buffer.size()) {
    const ssize_t count = read(descriptor, buffer.data() + got, buffer.size() - got);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return -1;
    if (count == 0)
      break;
    got += static_cast<std::size_t>(count);
  }
  return static_cast<ssize_t>(got);
}

}  // namespace

FileWorker::FileWorker(PartDirectory& parts, ArchiveProgress& progress)
    : parts_(parts), progress_(progress), packs_(parts) {}

Result<void> FileWorker::add(const WalkItem& item, ListBatch& batch) {
  if (item.entry) {
    batch.add(*item.entry);
    return {};
  }
  if (item.type != DT_REG)
    return add_other(item, item.directory->child(item.name), batch);
  Entry entry;
  return add_file(item, batch, entry, false);
}

Result<void> FileWorker::add_linked(const WalkItem& item, ListBatch& batch, Entry& entry) {
  return add_file(item, batch, entry, true);
}

Result<void> FileWorker::add_other(const WalkItem& item,
                                   const std::string& path,
                                   ListBatch& batch) {
  struct stat status {};

  const int directory = item.directory->descriptor.get();
  if (fstatat(directory, item.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) {
      progress_.vanished(path);
    } else {
      progress_.problem(path, errno_error(errno, "cannot look at `/" + path + "`"));
    }
    return {};
  }
  Entry entry;
  entry.path = path;
  fill_from_status(entry, status, owners_);
  if (S_ISLNK(status.st_mode)) {
    entry.type = EntryType::Symlink;
    std::array<char, PATH_MAX> text;  // NOLINT: filled by the kernel
    const ssize_t size = readlinkat(directory, item.name.c_str(), text.data(), text.size());
    if (size < 0) {
      progress_.problem(path, errno_error(errno, "cannot read the link `/" + path + "`"));
      return {};
    }
    entry.link.assign(text.data(), static_cast<std::size_t>(size));
  } else if (IFTODT(status.st_mode) != item.type) {
    progress_.problem(path, Error{.message = "`/" + path + "` became another kind of file"});
    return {};
  } else {
    entry.type = special_type(item.type);
  }
  batch.add(entry);
  return {};
}

Result<void> FileWorker::add_file(const WalkItem& item,
                                  ListBatch& batch,
                                  Entry& entry,
                                  bool linked) {
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    entry = Entry{};
    entry.path = item.directory->child(item.name);
    const bool last = attempt == kAttempts;
    BACKSTAY_ASSIGN(const Attempt ended, try_file(item, batch, entry, linked, last));
    if (ended == Attempt::Kept)
      return {};
    if (ended != Attempt::Again)
      break;
  }
  entry.path.clear();
  return {};
}

Result<FileWorker::Attempt> FileWorker::try_file(
    const WalkItem& item, ListBatch& batch, Entry& entry, bool linked, bool last) {
  const Descriptor file = open_source(item.directory->descriptor.get(), item.name.c_str(), 0);

  struct stat before {};

  if (!file.open() || fstat(file.get(), &before) != 0) {
    if (errno == ENOENT) {
      progress_.vanished(entry.path);
    } else {
      progress_.problem(entry.path, errno_error(errno, "cannot open `/" + entry.path + "`"));
    }
    return Attempt::Gone;
  }
  if (!S_ISREG(before.st_mode)) {
    progress_.problem(entry.path,
                      Error{.message = "`/" + entry.path + "` became another kind of file"});
    return Attempt::Gone;
  }
  if (before.st_nlink > 1 && !linked) {
    progress_.linked({entry.path, before.st_dev, before.st_ino});
    return Attempt::Later;
  }
  fill_from_status(entry, before, owners_);
  if (auto filled = fill_attributes(entry, file.get(), owners_); !filled) {
    progress_.problem(entry.path, filled.error());
    return Attempt::Gone;
  }
  if (entry.size >= kLargeFile)
    return read_large(file.get(), before, batch, entry, last);
  return read_packed(file.get(), before, batch, entry, last);
}

bool FileWorker::settle(
    int descriptor, const struct stat& before, std::uint64_t got, Entry& entry, bool last) {
  struct stat after {};

  if (fstat(descriptor, &after) != 0)
    return false;
  const bool whole = got == entry.size;
  if (whole && after.st_size == before.st_size && same_time(after.st_mtim, before.st_mtim) &&
      same_time(after.st_ctim, before.st_ctim)) {
    return true;
  }
  if (whole && after.st_size > before.st_size) {
    entry.state = ReadState::Grown;
    ++progress_.grown;
    return true;
  }
  if (!last)
    return false;
  progress_.changed(entry.path);
  if (!progress_.files().may_change)
    return false;
  entry.state = ReadState::Changed;
  entry.size = got;
  return true;
}

Result<FileWorker::Attempt> FileWorker::read_packed(
    int descriptor, const struct stat& before, ListBatch& batch, Entry& entry, bool last) {
  header_.clear();
  append_tar_header(header_, entry, entry.size);
  auto handle = packs_.pack();
  const auto content = packs_.reserve(header_, static_cast<std::size_t>(entry.size));
  const ssize_t got = read_fully(descriptor, content);
  if (got < 0) {
    packs_.reject();
    progress_.problem(entry.path, errno_error(errno, "cannot read `/" + entry.path + "`"));
    return Attempt::Gone;
  }
  if (!settle(descriptor, before, static_cast<std::uint64_t>(got), entry, last)) {
    packs_.reject();
    return Attempt::Again;
  }
  hash_.update(content.first(static_cast<std::size_t>(got)));
  entry.sha256 = hash_.finish();
  ++progress_.file_count;
  progress_.read(entry.size, entry.path);
  if (entry.size == 0) {
    packs_.reject();
    batch.add(entry);
    return Attempt::Kept;
  }
  if (entry.state == ReadState::Changed) {
    // Why this keeps the content in place: only digits of the size differ, not the header's length.
    header_.clear();
    append_tar_header(header_, entry, entry.size);
    (void)packs_.reserve(header_, static_cast<std::size_t>(entry.size));
  }
  packs_.accept();
  batch.add_packed(entry, std::move(handle), packs_.frame());
  return Attempt::Kept;
}

Result<FileWorker::Attempt> FileWorker::read_large(
    int descriptor, const struct stat& before, ListBatch& batch, Entry& entry, bool last) {
  SegmentWriter segments(parts_, {});
  std::vector<std::byte> buffer(kReadBytes);
  std::uint64_t left = entry.size;
  while (left > 0) {
    if (progress_.stopped())
      return Attempt::Gone;
    const auto wanted = std::span(buffer).first(std::min<std::uint64_t>(left, buffer.size()));
    const ssize_t got = read_fully(descriptor, wanted);
    if (got < 0) {
      progress_.problem(entry.path, errno_error(errno, "cannot read `/" + entry.path + "`"));
      return Attempt::Gone;
    }
    if (got == 0)
      break;
    BACKSTAY_TRY(segments.write(wanted.first(static_cast<std::size_t>(got))));
    progress_.read(static_cast<std::uint64_t>(got), entry.path);
    left -= static_cast<std::uint64_t>(got);
  }
  if (!settle(descriptor, before, entry.size - left, entry, last))
    return Attempt::Again;
  ++progress_.file_count;
  if (entry.size == 0) {
    entry.sha256 = hash_.finish();
    batch.add(entry);
    return Attempt::Kept;
  }
  BACKSTAY_ASSIGN(const StreamInfo info, segments.finish());
  entry.sha256 = info.sha256;
  entry.large = true;
  entry.part = segments.parts_name();
  batch.add(entry);
  return Attempt::Kept;
}

}  // namespace backstay::runtime
