#include "runtime/archive/list_writer.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "runtime/archive/list_json.hpp"
#include "runtime/archive/list_parts.hpp"

namespace backstay::runtime {

namespace {

// A list part ends where a line says that it may, once it holds this much.
constexpr std::size_t kLeastListText = std::size_t{128} << 10U;
constexpr std::size_t kMostListText = std::size_t{1} << 20U;
// Changes are written anew by each run, the base only when they are this part of it: for a
// hundredth of the files a day that is about once in three weeks.
constexpr std::uint64_t kMostChanges = 4;

}  // namespace

ListForm next_list_form(const KnownParts& previous) {
  std::uint64_t base = 0;
  std::uint64_t changes = 0;
  for (const auto& [path, part] : previous.all()) {
    if (is_list_part(path))
      (is_base_list_part(path) ? base : changes) += part.stored_size;
  }
  const bool small = base > 0 && changes <= base / kMostChanges;
  return small && previous.list_whole() ? ListForm::Changes : ListForm::Whole;
}

ListWriter::ListWriter(PartDirectory& directory,
                       PartPool& pool,
                       LinkedPacks& packs,
                       KnownEntriesWriter* memory,
                       ListForm form)
    : directory_(directory),
      pool_(pool),
      packs_(packs),
      memory_(memory),
      form_(form),
      meta_(directory, kMetaArchive),
      large_(directory, kLargeArchive) {}

// Files that were read again and are what they were give a pack of the same bytes, so of the same
// name: then what is in it lives, whatever an earlier run noted. The path's own line, if it has
// one, is the one that the record comes before.
bool ListWriter::is_packed_anew(const ListBatch& batch,
                                const ListBatch::Left& left,
                                const std::string& pack) {
  if (left.line >= batch.lines.size())
    return false;
  const auto& handle = batch.lines[left.line].pack;
  return handle && handle->live() == nullptr && handle->name() == pack;
}

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
  auto left = batch.left.begin();
  const auto write_left_before = [&](std::size_t line) -> Result<void> {
    for (; left != batch.left.end() && left->line <= line; ++left)
      BACKSTAY_TRY(write_left(batch, *left));
    return {};
  };
  entries_ += batch.lines.size();
  for (std::size_t i = 0; i < batch.lines.size(); ++i) {
    BACKSTAY_TRY(write_left_before(i));
    BACKSTAY_TRY(write_line(batch, i));
  }
  BACKSTAY_TRY(write_left_before(batch.lines.size()));
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

Result<void> ListWriter::write_line(const ListBatch& batch, std::size_t number) {
  const ListBatch::Line& line = batch.lines[number];
  const ListBatch::Line none;
  const ListBatch::Line& before = number > 0 ? batch.lines[number - 1] : none;
  const auto head = std::string_view(batch.text).substr(before.end, line.end - before.end);
  const auto record =
      std::string_view(batch.known).substr(before.known_end, line.known_end - before.known_end);
  if (line.pack && line.pack->live() != nullptr)
    line.pack->live()->add(line.content);
  const ListPlace place = form_ == ListForm::Whole ? ListPlace::Base : line.place;
  if (form_ == ListForm::Whole || place != ListPlace::Base) {
    begin_section(batch.linked);
    if ((line.cut && text_.size() >= kLeastListText) || text_.size() >= kMostListText)
      finish_list_part();
    text_ += head;
    if (line.pack)
      append_list_tail(text_, line.pack->name(), line.frame);
  }
  return memory_ == nullptr ? Result<void>() : write_record(line, head, record, place);
}

Result<void> ListWriter::write_record(const ListBatch::Line& line,
                                      std::string_view head,
                                      std::string_view record,
                                      ListPlace place) {
  if (line.fate == ListBatch::Fate::Kept && place == line.place)
    return memory_->keep({record, line.from_changes});
  tail_.clear();
  if (line.fate != ListBatch::Fate::Kept) {
    if (!line.trusted)
      tail_ = head;
    if (line.pack && line.trusted)
      append_known_tail(tail_, line.pack->name(), line.frame);
    if (line.pack && !line.trusted)
      append_list_tail(tail_, line.pack->name(), line.frame);
  }
  return memory_->add(record, tail_, place);
}

// What was in a pack is dead now; where the base has a line of the path, the changes take it away.
Result<void> ListWriter::write_left(const ListBatch& batch, const ListBatch::Left& left) {
  const KnownName name = *name_of_known(left.record);
  if (name.mark.kind == KnownKind::Dead) {
    const std::string pack(name.rest);
    if (is_packed_anew(batch, left, pack) || !packs_.note_dead(pack, name.path) ||
        memory_ == nullptr)
      return {};
    return memory_->keep({left.record, left.from_changes});
  }
  const std::string pack = pack_of_known(left.record);
  if (!pack.empty() && !is_packed_anew(batch, left, pack) && packs_.note_dead(pack, name.path) &&
      memory_ != nullptr) {
    std::string dead;
    append_known_key(dead, name.path, {.linked = name.mark.linked, .kind = KnownKind::Dead});
    BACKSTAY_TRY(memory_->add(dead + pack));
  }
  return left.replaced || form_ == ListForm::Whole ? Result<void>() : write_gone(left, name);
}

Result<void> ListWriter::write_gone(const ListBatch::Left& left, const KnownName& name) {
  const bool in_base = name.mark.place != ListPlace::Changes;
  if (in_base) {
    begin_section(name.mark.linked);
    if (text_.size() >= kMostListText)
      finish_list_part();
    append_gone_line(text_, name.path);
  }
  // Where the base has no line, the record only hides an earlier one from the next run.
  if (memory_ == nullptr || (!in_base && memory_->form() == KnownEntriesWriter::Form::Whole))
    return {};
  if (name.mark.kind == KnownKind::Gone)
    return memory_->keep({left.record, left.from_changes});
  std::string gone;
  append_known_key(gone, name.path,
                   {.linked = name.mark.linked,
                    .kind = KnownKind::Gone,
                    .place = in_base ? ListPlace::Base : ListPlace::Changes});
  return memory_->add(gone);
}

void ListWriter::begin_section(bool linked) {
  if (linked == linked_)
    return;
  if (!text_.empty())
    finish_list_part();
  linked_ = linked;
  number_ = 0;
}

void ListWriter::finish_list_part() {
  PlainBufferPointer plain = pool_.buffer(text_.size());
  std::memcpy(plain->bytes.get(), text_.data(), text_.size());
  plain->size = text_.size();
  parts_.push_back(pool_.submit(std::move(plain),
                                list_part_name(linked_, form_ == ListForm::Changes, ++number_)));
  text_.clear();
}

Result<void> ListWriter::link_base() {
  for (const auto& [path, part] : directory_.previous().all()) {
    if (is_base_list_part(path))
      BACKSTAY_TRY(directory_.link(part));
  }
  return {};
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

Result<void> ListWriter::finish() {
  const std::lock_guard guard(mutex_);
  BACKSTAY_TRY(drain_locked());
  BACKSTAY_CHECK(waiting_.empty(), "every entry has its pack by now");
  if (!text_.empty())
    finish_list_part();
  if (form_ == ListForm::Changes)
    BACKSTAY_TRY(link_base());
  BACKSTAY_TRY(meta_.finish());
  BACKSTAY_TRY(large_.finish());
  BACKSTAY_TRY(write_commands());
  for (const PartTicketPointer& part : parts_)
    BACKSTAY_TRY(pool_.wait(part));
  return memory_ == nullptr ? Result<void>() : memory_->finish();
}

}  // namespace backstay::runtime
