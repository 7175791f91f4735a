#include "runtime/archive/file_worker.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <ctime>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "runtime/archive/pax.hpp"
#include "runtime/archive/segment_reader.hpp"
#include "runtime/archive/source_directory.hpp"

namespace backstay::runtime {

namespace {

constexpr int kAttempts = 3;
constexpr std::size_t kReadBytes = std::size_t{512} << 10U;

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

FileWorker::FileWorker(ArchiveTools& tools)
    : tools_(tools), progress_(tools.progress), packs_(tools.parts) {}

Result<void> FileWorker::add(const WalkItem& item, ListBatch& batch) {
  if (item.entry) {
    batch.add(*item.entry);
    return {};
  }
  if (item.type != DT_REG)
    return add_other(item, item.directory->child(item.name), batch);
  Reading reading{.item = item, .batch = batch};
  return add_file(reading);
}

Result<void> FileWorker::add_linked(const WalkItem& item, ListBatch& batch, Entry& entry) {
  Reading reading{.item = item, .batch = batch, .linked = true};
  BACKSTAY_TRY(add_file(reading));
  entry = std::move(reading.file.entry);
  return {};
}

bool FileWorker::problem(const std::string& path, const std::string& doing) {
  progress_.problem(path, errno_error(errno, doing + " `/" + path + "`"));
  return false;
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

Result<void> FileWorker::add_file(Reading& reading) {
  recheck_.reset();
  BACKSTAY_ASSIGN(const bool kept, keep(reading));
  if (kept)
    return {};
  const std::string path = reading.item.directory->child(reading.item.name);
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    reading.file = KnownEntry{};
    reading.file.entry.path = path;
    reading.last = attempt == kAttempts;
    BACKSTAY_ASSIGN(const Attempt ended, try_file(reading));
    if (ended == Attempt::Kept)
      return {};
    if (ended != Attempt::Again)
      break;
  }
  reading.file.entry.path.clear();
  return {};
}

Result<bool> FileWorker::keep(Reading& reading) {
  if (reading.item.known.empty())
    return false;

  struct stat status {};

  const WalkItem& item = reading.item;
  const int directory = item.directory->descriptor.get();
  auto known = parse_known(item.known);
  if (!known || fstatat(directory, item.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
    return false;
  const Entry& entry = known->entry;
  const bool same =
      known->same_as(status, filesystems_.identity(status.st_dev, directory, item.name)) &&
      known->linked == reading.linked && (status.st_nlink > 1) == reading.linked &&
      owners_.user_name(status.st_uid) == entry.user &&
      owners_.group_name(status.st_gid) == entry.group;
  if (!same)
    return false;
  const ReadAgain& again = tools_.again;
  if (again.all || is_due(entry.path, known->read_day, again.today)) {
    recheck_ = std::move(known);
    return false;
  }
  BACKSTAY_ASSIGN(const bool taken, take(*known, reading.batch, false));
  if (taken) {
    reading.batch.keep_record(item.record());
    progress_.read(entry.size, entry.path);
    reading.file = *std::move(known);
  }
  return taken;
}

Result<bool> FileWorker::take(const KnownEntry& known, ListBatch& batch, bool anew) {
  const Entry& entry = known.entry;
  if (entry.large) {
    BACKSTAY_ASSIGN(const bool linked, take_large(known));
    if (!linked)
      return false;
  }
  if (entry.large || entry.part.empty()) {
    batch.add_file(known, anew);
  } else {
    BACKSTAY_ASSIGN(auto pack, tools_.packs.take(entry.part));
    if (!pack)
      return false;
    batch.add_packed(known, std::move(pack), entry.frame, anew);
  }
  ++progress_.file_count;
  ++progress_.kept;
  return true;
}

// Only where every segment of it is still there.
Result<bool> FileWorker::take_large(const KnownEntry& known) {
  const KnownParts& previous = tools_.parts.previous();
  const PartRecord* list = previous.find(known.entry.part);
  if (list == nullptr)
    return false;
  const auto segments = list->sealed ? Result<std::vector<std::string>>(list->segments)
                                     : read_parts(tools_.parts.files(),
                                                  previous.directory() + "/" + known.entry.part);
  const auto missing = [&](const std::string& name) { return previous.find(name) == nullptr; };
  if (!segments || std::ranges::any_of(*segments, missing))
    return false;
  BACKSTAY_TRY(tools_.parts.link_parts(*list, *segments));
  return true;
}

bool FileWorker::look(const Descriptor& file, Reading& reading) {
  const std::string& path = reading.file.entry.path;
  if (!file.open() || fstat(file.get(), &reading.before) != 0) {
    if (errno != ENOENT)
      return problem(path, "cannot open");
    progress_.vanished(path);
    return false;
  }
  if (S_ISREG(reading.before.st_mode))
    return true;
  progress_.problem(path, Error{.message = "`/" + path + "` became another kind of file"});
  return false;
}

bool FileWorker::describe(int descriptor, Reading& reading) {
  const struct stat& before = reading.before;
  KnownEntry& known = reading.file;
  fill_from_status(known.entry, before, owners_);
  if (auto filled = fill_attributes(known.entry, descriptor, owners_); !filled) {
    progress_.problem(known.entry.path, filled.error());
    return false;
  }
  known.ctime = before.st_ctim.tv_sec;
  known.ctime_ns = static_cast<std::uint32_t>(before.st_ctim.tv_nsec);
  known.inode = before.st_ino;
  known.filesystem = filesystems_.identity(before.st_dev, reading.item.directory->descriptor.get(),
                                           reading.item.name);
  known.read_day = tools_.again.today;
  known.linked = reading.linked;
  return true;
}

Result<FileWorker::Attempt> FileWorker::try_file(Reading& reading) {
  clock_gettime(CLOCK_REALTIME, &reading.began);
  const WalkItem& item = reading.item;
  const Descriptor file = open_source(item.directory->descriptor.get(), item.name.c_str(), 0);
  if (!look(file, reading))
    return Attempt::Gone;
  const struct stat& before = reading.before;
  KnownEntry& known = reading.file;
  if (before.st_nlink > 1 && !reading.linked) {
    progress_.linked({known.entry.path, before.st_dev, before.st_ino});
    return Attempt::Later;
  }
  if (!describe(file.get(), reading))
    return Attempt::Gone;
  if (recheck_ && !recheck_->same_as(before, known.filesystem))
    recheck_.reset();
  return known.entry.size >= kLargeFile ? read_large(file.get(), reading)
                                        : read_packed(file.get(), reading);
}

bool FileWorker::settle(int descriptor, std::uint64_t got, Reading& reading) {
  struct stat after {};

  const struct stat& before = reading.before;
  Entry& entry = reading.file.entry;
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
  if (!reading.last)
    return false;
  progress_.changed(entry.path);
  if (!progress_.files().may_change)
    return false;
  entry.state = ReadState::Changed;
  entry.size = got;
  return true;
}

bool FileWorker::may_remember(const Reading& reading) const {
  const auto settled = [&](const timespec& time) {
    return is_settled(time, reading.began, tools_.again.settled);
  };
  return reading.file.entry.state == ReadState::Intact && settled(reading.before.st_mtim) &&
         settled(reading.before.st_ctim);
}

// What an earlier run knew of the file is compared with its line, and other names repeat its entry.
bool FileWorker::may_hash_late(const Reading& reading) const {
  return reading.item.known.empty() && !reading.linked && !recheck_;
}

Result<bool> FileWorker::flush_full() {
  if (packs_.is_full())
    late_.settle();
  return packs_.flush_full();
}

Result<void> FileWorker::finish() {
  late_.settle();
  return packs_.finish();
}

Result<FileWorker::Attempt> FileWorker::read_packed(int descriptor, Reading& reading) {
  Entry& entry = reading.file.entry;
  header_.clear();
  append_tar_header(header_, entry, entry.size);
  auto handle = packs_.pack();
  if (!packs_.has_room(header_.size() + entry.size + kTarBlock))
    late_.settle();
  const auto content = packs_.reserve(header_, static_cast<std::size_t>(entry.size));
  const ssize_t got = read_fully(descriptor, content);
  if (got < 0) {
    packs_.reject();
    problem(entry.path, "cannot read");
    return Attempt::Gone;
  }
  if (!settle(descriptor, static_cast<std::uint64_t>(got), reading)) {
    packs_.reject();
    return Attempt::Again;
  }
  const bool late = may_hash_late(reading) && got > 0;
  if (!late)
    entry.sha256 = sha256(content.first(static_cast<std::size_t>(got)));
  progress_.read(entry.size, entry.path);
  if (recheck_) {
    BACKSTAY_ASSIGN(const bool kept, keep_rechecked(reading));
    if (kept) {
      packs_.reject();
      return Attempt::Kept;
    }
  }
  ++progress_.file_count;
  const bool remember = may_remember(reading);
  if (entry.size == 0) {
    packs_.reject();
    reading.batch.add_file(reading.file, remember);
    return Attempt::Kept;
  }
  if (entry.state == ReadState::Changed) {
    // Why this keeps the content in place: only digits of the size differ, not the header's length.
    header_.clear();
    append_tar_header(header_, entry, entry.size);
    (void)packs_.reserve(header_, static_cast<std::size_t>(entry.size));
  }
  packs_.accept();
  const DigestPlace place =
      reading.batch.add_packed(reading.file, std::move(handle), packs_.frame(), remember);
  if (late)
    late_.add(content.first(static_cast<std::size_t>(got)), reading.batch, place);
  return Attempt::Kept;
}

Result<bool> FileWorker::keep_rechecked(Reading& reading) {
  Entry& entry = reading.file.entry;
  if (recheck_->entry.sha256 != entry.sha256 || entry.state != ReadState::Intact) {
    progress_.silently_changed(entry.path);
    return false;
  }
  recheck_->read_day = tools_.again.today;
  BACKSTAY_ASSIGN(const bool taken, take(*recheck_, reading.batch, true));
  if (taken)
    entry = recheck_->entry;
  return taken;
}

Result<bool> FileWorker::copy_large(int descriptor,
                                    Entry& entry,
                                    SegmentWriter& segments,
                                    std::uint64_t& got) {
  while (got < entry.size) {
    if (progress_.stopped())
      return false;
    const auto room = segments.space();
    const auto wanted = room.first(std::min({entry.size - got, room.size(), kReadBytes}));
    const ssize_t count = read_fully(descriptor, wanted);
    if (count < 0)
      return problem(entry.path, "cannot read");
    if (count == 0)
      break;
    BACKSTAY_TRY(segments.accept(static_cast<std::size_t>(count)));
    progress_.read(static_cast<std::uint64_t>(count), entry.path);
    got += static_cast<std::uint64_t>(count);
  }
  return true;
}

Result<FileWorker::Attempt> FileWorker::read_large(int descriptor, Reading& reading) {
  Entry& entry = reading.file.entry;
  SegmentWriter segments(tools_.parts, tools_.pool, {});
  std::uint64_t got = 0;
  BACKSTAY_ASSIGN(const bool read, copy_large(descriptor, entry, segments, got));
  if (!read)
    return Attempt::Gone;
  if (!settle(descriptor, got, reading))
    return Attempt::Again;
  ++progress_.file_count;
  const bool remember = may_remember(reading);
  if (entry.size == 0) {
    entry.sha256 = sha256(std::string_view());
    reading.batch.add_file(reading.file, remember);
    return Attempt::Kept;
  }
  BACKSTAY_ASSIGN(const StreamInfo info, segments.finish());
  entry.sha256 = info.sha256;
  if (recheck_ && recheck_->entry.sha256 != entry.sha256)
    progress_.silently_changed(entry.path);
  entry.large = true;
  entry.part = segments.parts_name();
  reading.batch.add_file(reading.file, remember);
  return Attempt::Kept;
}

}  // namespace backstay::runtime
