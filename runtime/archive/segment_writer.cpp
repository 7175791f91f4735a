#include "runtime/archive/segment_writer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace backstay::runtime {

namespace {

// How many segments may be behind before an old one's outcome is asked for: a full disk ends a dump
// soon and not after all of it was read.
constexpr std::size_t kUnlooked = 64;
// What lies behind a cut is copied, so little is taken at once.
constexpr std::size_t kMostAtOnce = std::size_t{256} << 10U;

}  // namespace

SegmentWriter::SegmentWriter(PartDirectory& directory, PartPool& pool, std::string name)
    : directory_(directory), pool_(pool), name_(std::move(name)) {}

std::span<std::byte> SegmentWriter::space() {
  if (!buffer_)
    buffer_ = pool_.buffer(cutter_.largest());
  return std::span(buffer_->bytes.get(), cutter_.largest()).subspan(buffer_->size);
}

Result<void> SegmentWriter::accept(std::size_t count) {
  info_.size += count;
  while (count > 0) {
    const std::span<const std::byte> fresh(buffer_->bytes.get() + buffer_->size, count);
    bool ended = false;
    const std::size_t taken = cutter_.take(fresh, ended);
    buffer_->size += taken;
    count -= taken;
    if (!ended)
      continue;
    // What lies behind the cut begins the next segment.
    const PlainBufferPointer cut = buffer_;
    BACKSTAY_TRY(submit());
    const std::span<const std::byte> rest = fresh.subspan(taken, count);
    if (!rest.empty())
      std::memcpy(space().data(), rest.data(), rest.size());
  }
  return {};
}

Result<void> SegmentWriter::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const std::span<std::byte> room = space();
    const std::size_t count = std::min({bytes.size(), room.size(), kMostAtOnce});
    std::memcpy(room.data(), bytes.data(), count);
    BACKSTAY_TRY(accept(count));
    bytes = bytes.subspan(count);
  }
  return {};
}

Result<void> SegmentWriter::submit() {
  content_hash_.add(buffer_);
  segments_.push_back(pool_.submit(std::exchange(buffer_, nullptr)));
  if (segments_.size() - looked_at_ > kUnlooked) {
    BACKSTAY_TRY(pool_.wait(segments_[looked_at_]));
    ++looked_at_;
  }
  return {};
}

// The list that the earlier snapshot has is linked too, where it is the same.
Result<void> SegmentWriter::write_parts(std::vector<std::string> names) {
  std::string lines;
  for (const std::string& name : names)
    lines += name + "\n";
  const Digest digest = sha256(lines);
  // Why not the hash of the content in a sealed store: a name must not tell what a file holds.
  const Digest& of_nameless = directory_.sealer() == nullptr ? info_.sha256 : digest;
  parts_name_ = (name_.empty() ? to_hex(of_nameless) : name_) + kPartsSuffix;
  const PartRecord* known = directory_.previous().find(parts_name_);
  if (known != nullptr && known->plain == digest) {
    BACKSTAY_TRY(directory_.link(*known));
    return {};
  }
  PartFile parts(directory_);
  BACKSTAY_TRY(parts.write(std::as_bytes(std::span(lines))));
  PartSpec spec{.check = PartCheck::Raw, .plain = digest, .name = parts_name_};
  if (directory_.sealer() != nullptr)
    spec.segments = std::move(names);
  BACKSTAY_TRY(parts.finish(spec));
  return {};
}

Result<StreamInfo> SegmentWriter::finish() {
  if (buffer_ && buffer_->size > 0)
    BACKSTAY_TRY(submit());
  std::vector<std::string> names;
  for (const PartTicketPointer& ticket : segments_) {
    BACKSTAY_ASSIGN(const PartRecord segment, pool_.wait(ticket));
    directory_.use(segment.path);
    names.push_back(segment.path);
    info_.stored_size += segment.stored_size;
  }
  info_.sha256 = content_hash_.finish();
  BACKSTAY_TRY(write_parts(std::move(names)));
  return info_;
}

}  // namespace backstay::runtime
