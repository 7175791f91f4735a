#include "runtime/archive/list_batch.hpp"

#include <cstring>
#include <utility>

#include "runtime/archive/list_json.hpp"
#include "runtime/archive/pax.hpp"
#include "runtime/archive/shell_commands.hpp"

namespace backstay::runtime {

namespace {

// A list part ends before an entry whose path says so: the same entries are in the same part again.
constexpr std::uint64_t kCutOneIn = 1024;

bool may_cut_before(std::string_view path) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : path)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return (hash >> 20U) % kCutOneIn == 0;
}

// Of a path whose earlier record says where its line stood.
ListPlace place_instead_of(ListPlace place) {
  return place == ListPlace::Changes ? ListPlace::Changes : ListPlace::Shadows;
}

}  // namespace

void ListBatch::add_line(const Entry& entry, bool trusted) {
  Line line;
  line.end = text.size();
  line.known_end = known.size();
  line.cut = may_cut_before(entry.path);
  line.trusted = trusted;
  lines.push_back(std::move(line));
}

DigestPlace ListBatch::add_packed(const KnownEntry& file,
                                  std::shared_ptr<const PackHandle> pack,
                                  std::uint64_t frame,
                                  bool remember) {
  DigestPlace place{.text = append_list_head(text, file.entry)};
  if (remember) {
    append_known_head(known, file);
    place.known = known.size() - file.entry.sha256.size();
  } else {
    append_known_key(known, file.entry.path, {.linked = linked, .kind = KnownKind::Line});
  }
  add_line(file.entry, remember);
  lines.back().frame = frame;
  lines.back().content = file.entry.size;
  lines.back().pack = std::move(pack);
  return place;
}

void ListBatch::set_digest(const DigestPlace& place, const Digest& digest) {
  const std::string digits = to_hex(digest);
  text.replace(place.text, digits.size(), digits);
  if (place.known != std::string::npos)
    std::memcpy(known.data() + place.known, digest.data(), digest.size());
}

void ListBatch::add_file(const KnownEntry& file, bool remember) {
  const Entry& entry = file.entry;
  append_list_head(text, entry);
  append_list_tail(text, entry.part, entry.frame);
  if (remember) {
    append_known_head(known, file);
    append_known_tail(known, entry.part, entry.frame);
  } else {
    append_known_key(known, entry.path, {.linked = linked, .kind = KnownKind::Line});
  }
  add_line(entry, remember);
  std::string& headers = entry.large ? large : meta;
  append_tar_header(headers, entry, 0);
  (entry.large ? large_ends : meta_ends).push_back(headers.size());
  if (entry.large)
    commands += large_file_commands(entry);
}

void ListBatch::add(const Entry& entry) {
  append_list_head(text, entry);
  append_list_tail(text, {}, 0);
  append_known_key(known, entry.path, {.linked = linked, .kind = KnownKind::Line});
  add_line(entry, false);
  append_tar_header(meta, entry, 0);
  meta_ends.push_back(meta.size());
}

void ListBatch::keep_record(const KnownRecord& record) {
  Line& line = lines.back();
  known.resize(lines.size() > 1 ? lines[lines.size() - 2].known_end : 0);
  known += record.bytes;
  line.known_end = known.size();
  line.from_changes = record.from_changes;
  line.fate = Fate::Kept;
  line.place = name_of_known(record.bytes)->mark.place;
}

void ListBatch::keep_line(const KnownRecord& record,
                          std::shared_ptr<const PackHandle> pack,
                          std::uint64_t size) {
  known += record.bytes;
  Line line;
  line.end = text.size();
  line.known_end = known.size();
  line.content = size;
  line.pack = std::move(pack);
  line.from_changes = record.from_changes;
  line.fate = Fate::Kept;
  line.place = ListPlace::Base;
  lines.push_back(std::move(line));
}

void ListBatch::pass(const KnownRecord& record) {
  left.push_back({lines.size(), std::string(record.bytes), record.from_changes, false});
}

bool ListBatch::same_line(const KnownName& name, std::string_view record) const {
  const Line& line = lines.back();
  if (line.pack && !line.pack->named())
    return false;
  std::string now = text.substr(lines.size() > 1 ? lines[lines.size() - 2].end : 0);
  if (line.pack)
    append_list_tail(now, line.pack->name(), line.frame);
  if (name.mark.kind == KnownKind::Line)
    return now == name.rest;
  const auto known_file = parse_known(record);
  return known_file && now == to_list_line(known_file->entry);
}

void ListBatch::settle(const KnownRecord& record, std::size_t before) {
  if (record.bytes.empty())
    return;
  if (lines.size() == before)
    return pass(record);
  Line& line = lines.back();
  if (line.fate == Fate::Kept)
    return;
  const KnownName name = *name_of_known(record.bytes);
  const bool gone = name.mark.kind == KnownKind::Gone;
  if (!gone && same_line(name, record.bytes)) {
    if (name.mark.kind == KnownKind::Line && !line.trusted)
      return keep_record(record);
    line.fate = Fate::Again;
    line.place = name.mark.place;
    return;
  }
  line.fate = Fate::Replaced;
  line.place = place_instead_of(name.mark.place);
  left.push_back({lines.size() - 1, std::string(record.bytes), record.from_changes, true});
}

}  // namespace backstay::runtime
