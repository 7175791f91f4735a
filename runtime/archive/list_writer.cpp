#include "runtime/archive/list_writer.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "runtime/archive/list_json.hpp"
#include "runtime/archive/pax.hpp"

namespace backstay::runtime {

void ListBatch::add_packed(const Entry& entry,
                           std::shared_ptr<const PackHandle> pack,
                           std::uint64_t frame) {
  append_list_head(text, entry);
  lines.push_back({text.size(), frame, std::move(pack)});
}

void ListBatch::add(const Entry& entry) {
  append_list_head(text, entry);
  append_list_tail(text, entry.part, entry.frame);
  lines.push_back({text.size(), 0, nullptr});
  if (entry.large) {
    append_tar_header(large, entry, 0);
    large_ends.push_back(large.size());
  } else {
    append_tar_header(meta, entry, 0);
    meta_ends.push_back(meta.size());
  }
}

std::string list_part_name(std::size_t number) {
  const std::string digits = std::to_string(number);
  return "list/" + std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits +
         ".jsonl.zst";
}

ListWriter::ListWriter(PartDirectory& directory)
    : directory_(directory), meta_(directory, kMetaArchive), large_(directory, kLargeArchive) {}

Result<void> ListWriter::put(std::uint64_t number, ListBatch batch) {
  const std::lock_guard guard(mutex_);
  waiting_.emplace(number, std::move(batch));
  return drain_locked();
}

Result<void> ListWriter::drain() {
  const std::lock_guard guard(mutex_);
  return drain_locked();
}

Result<void> ListWriter::drain_locked() {
  while (!waiting_.empty() && waiting_.begin()->first == next_) {
    const ListBatch& batch = waiting_.begin()->second;
    const bool ready = std::ranges::none_of(
        batch.lines, [](const ListBatch::Line& line) { return line.pack && !line.pack->named(); });
    if (!ready)
      return {};
    BACKSTAY_TRY(write_batch(batch));
    waiting_.erase(waiting_.begin());
    ++next_;
  }
  return {};
}

Result<void> ListWriter::write_batch(const ListBatch& batch) {
  std::size_t at = 0;
  entries_ += batch.lines.size();
  for (const ListBatch::Line& line : batch.lines) {
    buffer_.append(batch.text, at, line.end - at);
    at = line.end;
    if (line.pack)
      append_list_tail(buffer_, line.pack->name(), line.frame);
  }
  const auto add_headers = [](MetaWriter& writer, const std::string& headers,
                              const std::vector<std::size_t>& ends) -> Result<void> {
    std::size_t begin = 0;
    for (const std::size_t end : ends) {
      BACKSTAY_TRY(writer.add(std::string_view(headers).substr(begin, end - begin)));
      begin = end;
    }
    return {};
  };
  BACKSTAY_TRY(add_headers(meta_, batch.meta, batch.meta_ends));
  BACKSTAY_TRY(add_headers(large_, batch.large, batch.large_ends));
  return buffer_.size() >= kFrameContent ? flush_list() : Result<void>();
}

Result<void> ListWriter::flush_list() {
  if (buffer_.empty())
    return {};
  if (!part_)
    part_ = std::make_unique<PartFile>(directory_);
  part_hash_.update(buffer_);
  part_content_ += buffer_.size();
  BACKSTAY_TRY(part_->write(compressor_.compress(std::as_bytes(std::span(buffer_)))));
  buffer_.clear();
  return part_content_ >= kListPartBytes ? finish_list_part() : Result<void>();
}

Result<void> ListWriter::finish_list_part() {
  if (!part_)
    return {};
  BACKSTAY_TRY(
      part_->finish(PartCheck::Plain, part_hash_.finish(), {}, list_part_name(++part_number_)));
  part_.reset();
  part_content_ = 0;
  return {};
}

Result<void> ListWriter::finish() {
  const std::lock_guard guard(mutex_);
  BACKSTAY_TRY(drain_locked());
  BACKSTAY_CHECK(waiting_.empty(), "every entry has its pack by now");
  BACKSTAY_TRY(flush_list());
  BACKSTAY_TRY(finish_list_part());
  BACKSTAY_TRY(meta_.finish());
  return large_.finish();
}

}  // namespace backstay::runtime
