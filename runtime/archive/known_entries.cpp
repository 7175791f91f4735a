#include "runtime/archive/known_entries.hpp"

#include <utility>

#include "runtime/archive/tree_order.hpp"

namespace backstay::runtime {

namespace {

constexpr std::size_t kFrameText = std::size_t{512} << 10U;
// The last record: without it the file is cut short.
constexpr std::string_view kEnd("\0", 1);

bool before(bool linked_a, std::string_view a, bool linked_b, std::string_view b) {
  return linked_a != linked_b ? linked_b : path_before(list_key(a), list_key(b));
}

bool before(const KnownName& a, const KnownName& b) {
  return before(a.mark.linked, a.path, b.mark.linked, b.path);
}

}  // namespace

void KnownEntriesReader::Source::next() {
  begun = true;
  record = {};
  if (rest.empty() && !ended) {
    const auto frame = frames.next();
    if (!frame || frames.at_end()) {
      ended = damaged = true;
      return;
    }
    rest = {reinterpret_cast<const char*>(frame->data()), frame->size()};
  }
  if (ended)
    return;
  const auto size = take_varint(rest);
  if (!size || *size == 0 || *size > rest.size()) {
    ended = true;
    damaged = !size || *size != 0;
    return;
  }
  const std::string_view bytes = rest.substr(0, *size);
  rest.remove_prefix(*size);
  const auto found = name_of_known(bytes);
  if (!found) {
    ended = damaged = true;
    return;
  }
  name = *found;
  record = bytes;
}

KnownEntriesReader::KnownEntriesReader(FrameReader whole, std::optional<FrameReader> changes)
    : whole_(std::move(whole)) {
  if (changes)
    changes_.emplace(std::move(*changes));
}

// Of a path that the changes have, the records of the other file are passed over.
void KnownEntriesReader::next() {
  if (!begun_) {
    whole_.next();
    if (changes_)
      changes_->next();
  } else if (!record_.bytes.empty()) {
    record_.from_changes ? changes_->next() : whole_.next();
  }
  begun_ = true;
  if (!changes_ || changes_->record.empty()) {
    record_ = {whole_.record, false};
    name_ = whole_.name;
    return;
  }
  while (!whole_.record.empty() && !before(whole_.name, changes_->name) &&
         !before(changes_->name, whole_.name))
    whole_.next();
  const bool from_whole = !whole_.record.empty() && before(whole_.name, changes_->name);
  record_ = from_whole ? KnownRecord{whole_.record, false} : KnownRecord{changes_->record, true};
  name_ = from_whole ? whole_.name : changes_->name;
}

KnownRecord KnownEntriesReader::next_record() {
  next();
  return record_;
}

KnownRecord KnownEntriesReader::find(std::string_view path, bool linked, const Passed& passed) {
  if (!begun_ || given_)
    next();
  given_ = false;
  while (!record_.bytes.empty() && before(name_.mark.linked, name_.path, linked, path)) {
    passed(record_);
    next();
  }
  const auto same = [&] {
    return !record_.bytes.empty() && name_.mark.linked == linked && name_.path == path;
  };
  while (same() && name_.mark.kind == KnownKind::Dead) {
    passed(record_);
    next();
  }
  given_ = same();
  return given_ ? record_ : KnownRecord();
}

void KnownEntriesReader::pass_rest(const Passed& passed) {
  if (!begun_ || given_)
    next();
  given_ = false;
  for (; !record_.bytes.empty(); next())
    passed(record_);
}

Result<void> KnownEntriesWriter::put(std::string_view head, std::string_view tail) {
  append_varint(buffer_, head.size() + tail.size());
  buffer_ += head;
  buffer_ += tail;
  return buffer_.size() >= kFrameText ? flush() : Result<void>();
}

// Before anything of a path is written: what is only in the whole file would be lost otherwise.
Result<void> KnownEntriesWriter::put_held(std::string_view record) {
  if (held_.empty())
    return {};
  const auto name = name_of_known(record);
  if (name && name->path == held_path_ && name->mark.linked == held_linked_) {
    for (std::string_view rest = held_; !rest.empty();) {
      const auto size = take_varint(rest);
      BACKSTAY_TRY(put(rest.substr(0, *size), {}));
      rest.remove_prefix(*size);
    }
  }
  held_.clear();
  return {};
}

Result<void> KnownEntriesWriter::keep(const KnownRecord& record) {
  if (form_ == Form::Whole || record.from_changes)
    return add(record.bytes);
  const auto name = name_of_known(record.bytes);
  if (name->mark.kind != KnownKind::Dead) {
    held_.clear();
    return {};
  }
  if (name->path != held_path_ || name->mark.linked != held_linked_)
    held_.clear();
  held_path_ = name->path;
  held_linked_ = name->mark.linked;
  append_varint(held_, record.bytes.size());
  held_ += record.bytes;
  return {};
}

Result<void> KnownEntriesWriter::add(std::string_view record) {
  BACKSTAY_TRY(put_held(record));
  return put(record, {});
}

Result<void> KnownEntriesWriter::add(std::string_view head,
                                     std::string_view tail,
                                     ListPlace place) {
  BACKSTAY_TRY(put_held(head));
  append_varint(buffer_, head.size() + tail.size());
  const std::size_t begin = buffer_.size();
  buffer_ += head;
  buffer_ += tail;
  set_known_place(buffer_, begin, place);
  return buffer_.size() >= kFrameText ? flush() : Result<void>();
}

Result<void> KnownEntriesWriter::flush() {
  any_ = true;
  const auto frame = compressor_.compress(std::as_bytes(std::span(buffer_)));
  hash_.update(frame);
  buffer_.clear();
  return file_->write(frame);
}

Result<void> KnownEntriesWriter::finish() {
  any_ = any_ || !buffer_.empty();
  if (nothing())
    return file_->close();
  buffer_ += kEnd;
  BACKSTAY_TRY(flush());
  digest_ = hash_.finish();
  BACKSTAY_TRY(file_->sync());
  return file_->close();
}

}  // namespace backstay::runtime
