#include "runtime/archive/known_entries.hpp"

#include "runtime/archive/tree_order.hpp"

namespace backstay::runtime {

namespace {

constexpr std::size_t kFrameText = std::size_t{512} << 10U;
// The last record: without it the file is cut short.
constexpr std::string_view kEnd("\0", 1);

}  // namespace

bool KnownEntriesReader::next() {
  begun_ = true;
  record_ = {};
  if (rest_.empty() && !ended_) {
    const auto frame = frames_.next();
    if (!frame || frames_.at_end()) {
      ended_ = damaged_ = true;
      return false;
    }
    rest_ = {reinterpret_cast<const char*>(frame->data()), frame->size()};
  }
  if (ended_)
    return false;
  const auto size = take_varint(rest_);
  if (!size || *size == 0 || *size > rest_.size()) {
    ended_ = true;
    damaged_ = !size || *size != 0;
    return false;
  }
  record_ = rest_.substr(0, *size);
  rest_.remove_prefix(*size);
  const auto name = name_of_known(record_);
  if (!name) {
    ended_ = damaged_ = true;
    record_ = {};
    return false;
  }
  name_ = *name;
  return true;
}

std::string_view KnownEntriesReader::find(std::string_view path, bool linked) {
  if (!begun_)
    (void)next();
  const auto before = [&] {
    return linked != name_.linked ? linked : path_before(name_.path, path);
  };
  while (!record_.empty() && before())
    (void)next();
  const bool found = !record_.empty() && name_.linked == linked && name_.path == path;
  return found ? record_ : std::string_view();
}

Result<void> KnownEntriesWriter::add(std::string_view record) {
  append_varint(buffer_, record.size());
  buffer_ += record;
  return buffer_.size() >= kFrameText ? flush() : Result<void>();
}

Result<void> KnownEntriesWriter::add(std::string_view head,
                                     std::string_view part,
                                     std::uint64_t frame) {
  tail_.clear();
  append_known_tail(tail_, part, frame);
  append_varint(buffer_, head.size() + tail_.size());
  buffer_ += head;
  buffer_ += tail_;
  return buffer_.size() >= kFrameText ? flush() : Result<void>();
}

Result<void> KnownEntriesWriter::flush() {
  auto written = file_->write(compressor_.compress(std::as_bytes(std::span(buffer_))));
  buffer_.clear();
  return written;
}

Result<void> KnownEntriesWriter::finish() {
  buffer_ += kEnd;
  BACKSTAY_TRY(flush());
  BACKSTAY_TRY(file_->sync());
  return file_->close();
}

}  // namespace backstay::runtime
