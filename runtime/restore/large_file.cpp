#include "runtime/restore/large_file.hpp"

#include <utility>

#include "runtime/archive/zstd_frames.hpp"

namespace backstay::runtime {

namespace {

Error another_content(const PlannedEntry& planned) {
  return Error{
      .kind = ErrorKind::Verification,
      .message = "`/" + planned.entry.path + "` is not what was backed up: its hash differs"};
}

}  // namespace

LargeFile::LargeFile(Filesystem& files,
                     std::string parts,
                     PlannedEntry planned,
                     std::vector<std::string> segments)
    : files_(files),
      parts_(std::move(parts)),
      planned_(std::move(planned)),
      segments_(std::move(segments)) {}

Result<void> LargeFile::write(std::size_t segment, FileWriter& writer, const Heard& heard) {
  auto done = write_segment(segment, writer, heard);
  if (!done) {
    const std::lock_guard guard(mutex_);
    if (!failed_)
      failed_ = done.error();
    changed_.notify_all();
  }
  return done;
}

Result<void> LargeFile::write_segment(std::size_t segment, FileWriter& writer, const Heard& heard) {
  BACKSTAY_ASSIGN(auto stored, files_.open_read(parts_ + "/" + segments_[segment]));
  FrameReader frames(std::move(stored), segments_[segment]);
  BACKSTAY_ASSIGN(auto content, frames.next());
  BACKSTAY_TRY(wait_for_turn(segment, writer));
  bool more = true;
  while (more) {
    BACKSTAY_ASSIGN(const std::uint64_t offset, take(content));
    BACKSTAY_ASSIGN(more, frames.more());
    if (!more)
      BACKSTAY_TRY(pass_turn());
    BACKSTAY_TRY(writer.write_at(file_.get(), planned_, content, offset));
    heard(content.size());
    if (more) {
      BACKSTAY_ASSIGN(content, frames.next());
    }
  }
  return written(writer);
}

Result<void> LargeFile::wait_for_turn(std::size_t segment, FileWriter& writer) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return failed_ || turn_ == segment; });
    if (failed_)
      return *failed_;
  }
  if (segment == 0) {
    BACKSTAY_ASSIGN(file_, writer.create(planned_));
  }
  return {};
}

// Where the content belongs in the file.
Result<std::uint64_t> LargeFile::take(std::span<const std::byte> content) {
  if (content.size() > planned_.entry.size - size_)
    return another_content(planned_);
  hash_.update(content);
  return std::exchange(size_, size_ + content.size());
}

Result<void> LargeFile::pass_turn() {
  const bool last = turn_ + 1 == segments_.size();
  if (last && (size_ != planned_.entry.size || hash_.finish() != planned_.entry.sha256))
    return another_content(planned_);
  const std::lock_guard guard(mutex_);
  ++turn_;
  changed_.notify_all();
  return {};
}

Result<void> LargeFile::written(FileWriter& writer) {
  {
    const std::lock_guard guard(mutex_);
    if (++written_ < segments_.size())
      return {};
  }
  return writer.finish(std::move(file_), planned_);
}

}  // namespace backstay::runtime
