#include "runtime/archive/pack_writer.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "runtime/archive/pax.hpp"

namespace backstay::runtime {

PackWriter::PackWriter(PartDirectory& directory)
    : directory_(directory), compressor_(directory.level()) {}

void PackWriter::make_room(std::size_t wanted) {
  if (wanted <= capacity_)
    return;
  const std::size_t larger = std::max(wanted, 2 * kFrameContent);
  std::unique_ptr<std::byte[]> bytes(new std::byte[larger]);  // NOLINT(modernize-avoid-c-arrays)
  if (used_ > 0)
    std::memcpy(bytes.get(), buffer_.get(), used_);
  buffer_ = std::move(bytes);
  capacity_ = larger;
}

std::span<std::byte> PackWriter::reserve(std::string_view header, std::size_t size) {
  make_room(used_ + header.size() + size + tar_padding(size));
  std::memcpy(buffer_.get() + used_, header.data(), header.size());
  header_size_ = header.size();
  content_size_ = size;
  return {buffer_.get() + used_ + header_size_, size};
}

void PackWriter::accept() {
  const std::size_t padding = tar_padding(content_size_);
  used_ += header_size_ + content_size_;
  std::memset(buffer_.get() + used_, 0, padding);
  used_ += padding;
  pack_content_ += content_size_;
  ++pack_entries_;
}

void PackWriter::reject() {
  header_size_ = content_size_ = 0;
}

std::shared_ptr<const PackHandle> PackWriter::pack() {
  if (!handle_) {
    handle_ = std::make_shared<PackHandle>();
    part_ = std::make_unique<PartFile>(directory_);
  }
  return handle_;
}

std::uint64_t PackWriter::frame() const {
  return part_ ? part_->size() : 0;
}

Result<void> PackWriter::flush_frame() {
  if (used_ == 0)
    return {};
  BACKSTAY_TRY(part_->write(compressor_.compress({buffer_.get(), used_})));
  used_ = 0;
  return {};
}

Result<void> PackWriter::finish_pack() {
  BACKSTAY_TRY(flush_frame());
  constexpr std::array<std::byte, kTarEnd> kEnd{};
  BACKSTAY_TRY(part_->write(compressor_.compress(kEnd)));
  BACKSTAY_ASSIGN(const PartRecord record, part_->finish({.check = PartCheck::Tar,
                                                          .suffix = kPackSuffix,
                                                          .members = pack_entries_,
                                                          .content = pack_content_}));
  handle_->set_name(record.path);
  handle_.reset();
  part_.reset();
  pack_content_ = 0;
  pack_entries_ = 0;
  return {};
}

bool PackWriter::pack_is_full() const {
  const std::uint64_t most = directory_.sealer() == nullptr ? kPackContent : kSealedPackContent;
  return pack_content_ >= most || pack_entries_ >= kPackEntries;
}

bool PackWriter::is_full() const {
  return pack_is_full() || used_ >= kFrameContent;
}

Result<bool> PackWriter::flush_full() {
  const bool full = pack_is_full();
  if (full) {
    BACKSTAY_TRY(finish_pack());
  } else if (used_ >= kFrameContent) {
    BACKSTAY_TRY(flush_frame());
  }
  return full;
}

Result<void> PackWriter::finish() {
  if (handle_ && pack_entries_ > 0)
    return finish_pack();
  handle_.reset();
  part_.reset();
  return {};
}

MetaWriter::MetaWriter(PartDirectory& directory, std::string name)
    : directory_(directory),
      name_(std::move(name)),
      compressor_(directory.level()),
      part_(directory) {}

// Frames are held back for a while, so that nothing is written where all of it can be linked.
Result<void> MetaWriter::flush(std::span<const std::byte> content) {
  constexpr std::size_t kHeld = std::size_t{8} << 20U;
  plain_.update(content);
  const auto frame = compressor_.compress(content);
  held_.insert(held_.end(), frame.begin(), frame.end());
  if (held_.size() < kHeld)
    return {};
  BACKSTAY_TRY(part_.write(held_));
  held_.clear();
  return {};
}

Result<void> MetaWriter::add(std::string_view header) {
  buffer_ += header;
  any_ = true;
  if (buffer_.size() < kFrameContent)
    return {};
  BACKSTAY_TRY(flush(std::as_bytes(std::span(buffer_))));
  buffer_.clear();
  return {};
}

Result<void> MetaWriter::finish() {
  if (!any_)
    return {};
  if (!buffer_.empty())
    BACKSTAY_TRY(flush(std::as_bytes(std::span(buffer_))));
  constexpr std::array<std::byte, kTarEnd> kEnd{};
  BACKSTAY_TRY(flush(kEnd));
  const Digest plain = plain_.finish();
  const PartRecord* known = directory_.previous().find(name_);
  if (known != nullptr && known->plain == plain) {
    BACKSTAY_TRY(directory_.link(*known));
    return {};
  }
  BACKSTAY_TRY(part_.write(held_));
  BACKSTAY_TRY(part_.finish({.check = PartCheck::Tar, .plain = plain, .name = name_}));
  return {};
}

}  // namespace backstay::runtime
