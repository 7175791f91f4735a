#include "runtime/archive/list_writer.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <string_view>
#include <utility>

#include "runtime/archive/list_json.hpp"
#include "runtime/archive/pax.hpp"
#include "runtime/archive/shell_commands.hpp"

namespace backstay::runtime {

namespace {

// A list part ends before an entry whose path says so, which is one in 1024, once it holds this
// much: the same entries are in the same part again, and a part that is the same is linked.
constexpr std::size_t kLeastListText = std::size_t{128} << 10U;
constexpr std::size_t kMostListText = std::size_t{1} << 20U;
constexpr std::uint64_t kCutOneIn = 1024;

bool may_cut_before(std::string_view path) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : path)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return (hash >> 20U) % kCutOneIn == 0;
}

}  // namespace

void ListBatch::add_line(const Entry& entry) {
  Line line;
  line.end = text.size();
  line.known_end = known.size();
  line.cut = may_cut_before(entry.path);
  lines.push_back(std::move(line));
}

void ListBatch::add_packed(const KnownEntry& file,
                           std::shared_ptr<const PackHandle> pack,
                           std::uint64_t frame,
                           bool remember) {
  append_list_head(text, file.entry);
  if (remember)
    append_known_head(known, file);
  add_line(file.entry);
  lines.back().frame = frame;
  lines.back().content = file.entry.size;
  lines.back().pack = std::move(pack);
}

void ListBatch::add_file(const KnownEntry& file, bool remember) {
  const Entry& entry = file.entry;
  append_list_head(text, entry);
  append_list_tail(text, entry.part, entry.frame);
  if (remember) {
    append_known_head(known, file);
    append_known_tail(known, entry.part, entry.frame);
  }
  add_line(entry);
  std::string& headers = entry.large ? large : meta;
  append_tar_header(headers, entry, 0);
  (entry.large ? large_ends : meta_ends).push_back(headers.size());
  if (entry.large)
    commands += large_file_commands(entry);
}

void ListBatch::keep_record(std::string_view record, std::uint64_t number) {
  known += record;
  lines.back().known_end = known.size();
  lines.back().kept = number;
}

void ListBatch::add(const Entry& entry) {
  append_list_head(text, entry);
  append_list_tail(text, {}, 0);
  add_line(entry);
  append_tar_header(meta, entry, 0);
  meta_ends.push_back(meta.size());
}

std::string list_part_name(std::size_t number) {
  const std::string digits = std::to_string(number);
  return "list/" + std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits +
         ".jsonl.zst";
}

ListWriter::ListWriter(PartDirectory& directory, PartPool& pool, KnownEntriesWriter* memory)
    : directory_(directory),
      pool_(pool),
      memory_(memory),
      meta_(directory, kMetaArchive),
      large_(directory, kLargeArchive) {}

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
  std::size_t known_at = 0;
  entries_ += batch.lines.size();
  for (const ListBatch::Line& line : batch.lines) {
    if ((line.cut && text_.size() >= kLeastListText) || text_.size() >= kMostListText)
      finish_list_part();
    text_.append(batch.text, at, line.end - at);
    at = line.end;
    if (line.pack)
      append_list_tail(text_, line.pack->name(), line.frame);
    if (line.known_end > known_at)
      BACKSTAY_TRY(write_known(batch, known_at, line));
    known_at = line.known_end;
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
  commands_ += batch.commands;
  BACKSTAY_TRY(add_headers(meta_, batch.meta, batch.meta_ends));
  return add_headers(large_, batch.large, batch.large_ends);
}

// Files of a linked pack are always remembered, so their records name what of it is live.
Result<void> ListWriter::write_known(const ListBatch& batch,
                                     std::size_t begin,
                                     const ListBatch::Line& line) {
  const auto record = std::string_view(batch.known).substr(begin, line.known_end - begin);
  if (line.pack && line.pack->live() != nullptr)
    line.pack->live()->add(name_of_known(record)->path, line.content);
  if (memory_ == nullptr)
    return {};
  if (line.kept)
    return memory_->keep(record, *line.kept);
  return line.pack ? memory_->add(record, line.pack->name(), line.frame) : memory_->add(record);
}

void ListWriter::finish_list_part() {
  PlainBufferPointer plain = pool_.buffer(text_.size());
  std::memcpy(plain->bytes.get(), text_.data(), text_.size());
  plain->size = text_.size();
  parts_.push_back(pool_.submit(std::move(plain), list_part_name(parts_.size() + 1)));
  text_.clear();
}

// Who seals cannot read the list again when RESTORE.txt is written.
Result<void> ListWriter::write_commands() {
  if (commands_.empty() || directory_.sealer() == nullptr)
    return {};
  const Digest plain = sha256(commands_);
  const PartRecord* known = directory_.previous().find(kLargeCommands);
  if (known != nullptr && known->plain == plain) {
    BACKSTAY_TRY(directory_.link(*known));
    return {};
  }
  PartFile part(directory_);
  BACKSTAY_TRY(part.write(std::as_bytes(std::span(commands_))));
  BACKSTAY_TRY(part.finish({.check = PartCheck::Raw, .plain = plain, .name = kLargeCommands}));
  return {};
}

Result<void> ListWriter::finish(KnownEntriesReader* earlier) {
  const std::lock_guard guard(mutex_);
  BACKSTAY_TRY(drain_locked());
  BACKSTAY_CHECK(waiting_.empty(), "every entry has its pack by now");
  if (!text_.empty())
    finish_list_part();
  BACKSTAY_TRY(meta_.finish());
  BACKSTAY_TRY(large_.finish());
  BACKSTAY_TRY(write_commands());
  for (const PartTicketPointer& part : parts_)
    BACKSTAY_TRY(pool_.wait(part));
  if (memory_ == nullptr)
    return {};
  return memory_->finish(earlier == nullptr ? std::nullopt : earlier->count_all());
}

}  // namespace backstay::runtime
