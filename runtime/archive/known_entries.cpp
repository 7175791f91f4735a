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
  ++read_;
  return true;
}

std::string_view KnownEntriesReader::next_record() {
  (void)next();
  return record_;
}

std::optional<std::uint64_t> KnownEntriesReader::count_all() {
  while (!ended_)
    (void)next();
  return damaged_ ? std::nullopt : std::optional(read_);
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

Result<void> KnownEntriesWriter::put(std::string_view head, std::string_view tail) {
  append_varint(buffer_, head.size() + tail.size());
  buffer_ += head;
  buffer_ += tail;
  return buffer_.size() >= kFrameText ? flush() : Result<void>();
}

Result<void> KnownEntriesWriter::keep(std::string_view record, std::uint64_t number) {
  if (same_ && number == kept_) {
    ++kept_;
    return {};
  }
  BACKSTAY_TRY(differ());
  return put(record, {});
}

// What was the same so far is copied.
Result<void> KnownEntriesWriter::differ() {
  if (!same_)
    return {};
  same_ = false;
  if (kept_ == 0)
    return {};
  BACKSTAY_ASSIGN(FrameReader frames, earlier_());
  KnownEntriesReader reader(std::move(frames));
  for (; kept_ > 0; --kept_)
    BACKSTAY_TRY(put(reader.next_record(), {}));
  return {};
}

Result<void> KnownEntriesWriter::add(std::string_view record) {
  BACKSTAY_TRY(differ());
  return put(record, {});
}

Result<void> KnownEntriesWriter::add(std::string_view head,
                                     std::string_view part,
                                     std::uint64_t frame) {
  BACKSTAY_TRY(differ());
  tail_.clear();
  append_known_tail(tail_, part, frame);
  return put(head, tail_);
}

Result<void> KnownEntriesWriter::flush() {
  auto written = file_->write(compressor_.compress(std::as_bytes(std::span(buffer_))));
  buffer_.clear();
  return written;
}

Result<void> KnownEntriesWriter::finish(std::optional<std::uint64_t> earlier) {
  if (same_ && earlier == kept_)
    return file_->close();
  BACKSTAY_TRY(differ());
  buffer_ += kEnd;
  BACKSTAY_TRY(flush());
  BACKSTAY_TRY(file_->sync());
  return file_->close();
}

}  // namespace backstay::runtime
