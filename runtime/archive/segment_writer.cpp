#include "runtime/archive/segment_writer.hpp"

#include <cstring>
#include <utility>

namespace backstay::runtime {

namespace {

// How many segments may be behind before an old one's outcome is asked for: a full disk ends a dump
// soon and not after all of it was read.
constexpr std::size_t kUnlooked = 64;

}  // namespace

SegmentWriter::SegmentWriter(PartDirectory& directory, PartPool& pool, std::string name)
    : directory_(directory), pool_(pool), name_(std::move(name)) {}

Result<void> SegmentWriter::write(std::span<const std::byte> bytes) {
  content_hash_.update(bytes);
  info_.size += bytes.size();
  while (!bytes.empty()) {
    if (!buffer_.bytes)
      buffer_ = PlainBuffer::of(cutter_.largest());
    bool ended = false;
    const std::size_t count = cutter_.take(bytes, ended);
    std::memcpy(buffer_.bytes.get() + buffer_.size, bytes.data(), count);
    buffer_.size += count;
    bytes = bytes.subspan(count);
    if (ended)
      BACKSTAY_TRY(submit());
  }
  return {};
}

Result<void> SegmentWriter::submit() {
  segments_.push_back(pool_.submit(std::exchange(buffer_, {})));
  if (segments_.size() - looked_at_ > kUnlooked) {
    BACKSTAY_TRY(pool_.wait(segments_[looked_at_]));
    ++looked_at_;
  }
  return {};
}

// The list that the earlier snapshot has is linked too, where it is the same.
Result<void> SegmentWriter::write_parts(const std::string& lines) {
  const Digest digest = sha256(lines);
  const PartRecord* known = directory_.previous().find(parts_name_);
  if (known != nullptr && known->stored == digest) {
    BACKSTAY_TRY(directory_.link(*known));
    return {};
  }
  PartFile parts(directory_);
  BACKSTAY_TRY(parts.write(std::as_bytes(std::span(lines))));
  BACKSTAY_TRY(parts.finish({.check = PartCheck::Raw, .plain = digest, .name = parts_name_}));
  return {};
}

Result<StreamInfo> SegmentWriter::finish() {
  if (buffer_.size > 0)
    BACKSTAY_TRY(submit());
  std::string lines;
  for (const PartTicketPointer& ticket : segments_) {
    BACKSTAY_ASSIGN(const PartRecord segment, pool_.wait(ticket));
    directory_.use(segment.path);
    lines += segment.path + "\n";
    info_.stored_size += segment.stored_size;
  }
  info_.sha256 = content_hash_.finish();
  parts_name_ = (name_.empty() ? to_hex(info_.sha256) : name_) + kPartsSuffix;
  BACKSTAY_TRY(write_parts(lines));
  return info_;
}

}  // namespace backstay::runtime
