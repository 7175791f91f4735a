#include "runtime/archive/segment_writer.hpp"

#include <algorithm>
#include <utility>

#include "runtime/archive/pack_writer.hpp"

namespace backstay::runtime {

SegmentWriter::SegmentWriter(PartDirectory& directory, std::string name)
    : directory_(directory), name_(std::move(name)) {
  buffer_.reserve(kFrameContent);
}

Result<void> SegmentWriter::write(std::span<const std::byte> bytes) {
  content_hash_.update(bytes);
  info_.size += bytes.size();
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), kFrameContent - buffer_.size());
    buffer_.insert(buffer_.end(), bytes.begin(),
                   bytes.begin() + static_cast<std::ptrdiff_t>(count));
    bytes = bytes.subspan(count);
    if (buffer_.size() == kFrameContent)
      BACKSTAY_TRY(flush_frame());
    if (segment_content_ >= kSegmentContent)
      BACKSTAY_TRY(finish_segment());
  }
  return {};
}

Result<void> SegmentWriter::flush_frame() {
  if (buffer_.empty())
    return {};
  if (!part_)
    part_ = std::make_unique<PartFile>(directory_);
  segment_hash_.update(buffer_);
  segment_content_ += buffer_.size();
  BACKSTAY_TRY(part_->write(compressor_.compress(buffer_)));
  buffer_.clear();
  return {};
}

Result<void> SegmentWriter::finish_segment() {
  BACKSTAY_TRY(flush_frame());
  if (!part_)
    return {};
  BACKSTAY_ASSIGN(const PartRecord record, part_->finish(PartCheck::Plain, segment_hash_.finish(),
                                                         kSegmentSuffix, {}, true));
  info_.stored_size += record.stored_size;
  segments_.push_back(record.path);
  segment_content_ = 0;
  part_.reset();
  return {};
}

Result<void> SegmentWriter::write_parts() {
  std::string lines;
  for (const std::string& segment : segments_) {
    directory_.use(segment);
    lines += segment + "\n";
  }
  PartFile parts(directory_);
  BACKSTAY_TRY(parts.write(std::as_bytes(std::span(lines))));
  BACKSTAY_TRY(parts.finish(PartCheck::Raw, sha256(lines), {}, parts_name_));
  return {};
}

Result<StreamInfo> SegmentWriter::finish() {
  BACKSTAY_TRY(finish_segment());
  info_.sha256 = content_hash_.finish();
  parts_name_ = (name_.empty() ? to_hex(info_.sha256) : name_) + kPartsSuffix;
  BACKSTAY_TRY(write_parts());
  return info_;
}

}  // namespace backstay::runtime
