#include "runtime/archive/known_entry.hpp"

#include <algorithm>

#include "runtime/archive/list_json.hpp"

namespace backstay::runtime {

namespace {

enum Flag : std::uint8_t { kSparse = 1, kLarge = 2, kGrown = 4, kChanged = 8 };

void append_text(std::string& out, std::string_view text) {
  append_varint(out, text.size());
  out += text;
}

void append_signed(std::string& out, std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  append_varint(out, (bits << 1U) ^ (value < 0 ? UINT64_MAX : 0));
}

void append_digest(std::string& out, const Digest& digest) {
  out.append(reinterpret_cast<const char*>(digest.data()), digest.size());
}

// Takes fields off the front; after the first that is not there, all are empty.
class Taker {
 public:
  explicit Taker(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t number() {
    const auto value = take_varint(rest_);
    good_ = good_ && value.has_value();
    return value.value_or(0);
  }

  std::int64_t signed_number() {
    const std::uint64_t bits = number();
    return static_cast<std::int64_t>((bits >> 1U) ^ ((bits & 1U) != 0 ? UINT64_MAX : 0));
  }

  std::string_view text() { return bytes(number()); }

  std::string_view bytes(std::uint64_t size) {
    if (size > rest_.size()) {
      good_ = false;
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  Digest digest() {
    Digest digest{};
    const std::string_view taken = bytes(digest.size());
    std::ranges::copy(taken, reinterpret_cast<char*>(digest.data()));
    return digest;
  }

  std::uint8_t byte() {
    const std::string_view taken = bytes(1);
    return taken.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(taken.front());
  }

  [[nodiscard]] std::string_view rest() const { return rest_; }

  [[nodiscard]] bool good() const { return good_; }

  [[nodiscard]] bool finished() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

// The byte behind the path: whether it is one of several names, then kind and place, two bits each.
char mark_byte(KnownMark mark) {
  return static_cast<char>((mark.linked ? 1U : 0U) | static_cast<unsigned>(mark.kind) << 1U |
                           static_cast<unsigned>(mark.place) << 3U);
}

std::optional<KnownMark> take_mark(Taker& taker) {
  const std::string_view taken = taker.bytes(1);
  const unsigned bits = taken.empty() ? UINT8_MAX : static_cast<unsigned char>(taken.front());
  const unsigned place = bits >> 3U;
  if (place > static_cast<unsigned>(ListPlace::Shadows))
    return std::nullopt;
  return KnownMark{(bits & 1U) != 0, static_cast<KnownKind>(bits >> 1U & 3U),
                   static_cast<ListPlace>(place)};
}

void take_attributes(Taker& taker, Entry& entry) {
  entry.acl = taker.text();
  const std::uint64_t count = taker.number();
  for (std::uint64_t i = 0; i < count && taker.good(); ++i) {
    std::string name(taker.text());
    entry.attributes.push_back({std::move(name), std::string(taker.text())});
  }
}

}  // namespace

void append_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80U);
    value >>= 7U;
  }
  out += static_cast<char>(value);
}

std::optional<std::uint64_t> take_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    if ((byte & 0x80U) == 0)
      return value;
  }
  return std::nullopt;
}

bool FileStamp::same_as(const struct stat& status, std::uint64_t on_filesystem) const {
  return S_ISREG(status.st_mode) && static_cast<std::uint64_t>(status.st_size) == size &&
         status.st_mtim.tv_sec == mtime &&
         static_cast<std::uint32_t>(status.st_mtim.tv_nsec) == mtime_ns &&
         status.st_ctim.tv_sec == ctime &&
         static_cast<std::uint32_t>(status.st_ctim.tv_nsec) == ctime_ns && status.st_ino == inode &&
         on_filesystem == filesystem;
}

bool KnownEntry::same_as(const struct stat& status, std::uint64_t on_filesystem) const {
  const FileStamp stamp{entry.size, entry.mtime, entry.mtime_ns, ctime,
                        ctime_ns,   inode,       filesystem};
  return stamp.same_as(status, on_filesystem);
}

void append_known_key(std::string& out, std::string_view path, KnownMark mark) {
  append_text(out, path);
  out += mark_byte(mark);
}

void set_known_place(std::string& records, std::size_t begin, ListPlace place) {
  std::string_view rest = std::string_view(records).substr(begin);
  const std::size_t before = rest.size();
  const auto size = take_varint(rest);
  const std::size_t at = begin + (before - rest.size()) + static_cast<std::size_t>(*size);
  Taker taker(std::string_view(records).substr(at));
  KnownMark mark = take_mark(taker).value_or(KnownMark{});
  mark.place = place;
  records[at] = mark_byte(mark);
}

void append_known_head(std::string& out, const KnownEntry& known) {
  const Entry& entry = known.entry;
  append_known_key(out, entry.path, {.linked = known.linked});
  std::uint8_t flags = entry.sparse ? kSparse : 0;
  flags |= entry.large ? kLarge : 0;
  flags |= entry.state == ReadState::Grown ? kGrown : 0;
  flags |= entry.state == ReadState::Changed ? kChanged : 0;
  out += static_cast<char>(flags);
  for (const std::uint64_t number :
       {std::uint64_t{entry.mode}, std::uint64_t{entry.uid}, std::uint64_t{entry.gid}, entry.size,
        std::uint64_t{entry.mtime_ns}, std::uint64_t{known.ctime_ns}, known.inode,
        known.filesystem}) {
    append_varint(out, number);
  }
  for (const std::int64_t number : {entry.mtime, known.ctime, known.read_day})
    append_signed(out, number);
  append_text(out, entry.user);
  append_text(out, entry.group);
  append_text(out, entry.acl);
  append_varint(out, entry.attributes.size());
  for (const ExtendedAttribute& attribute : entry.attributes) {
    append_text(out, attribute.name);
    append_text(out, attribute.value);
  }
  append_digest(out, entry.sha256);
}

void append_known_tail(std::string& out, std::string_view part, std::uint64_t frame) {
  append_text(out, part);
  append_varint(out, frame);
}

std::optional<KnownName> name_of_known(std::string_view record) {
  Taker taker(record);
  const std::string_view path = taker.text();
  const auto mark = take_mark(taker);
  if (!taker.good() || !mark)
    return std::nullopt;
  return KnownName{path, *mark, taker.rest()};
}

std::optional<KnownEntry> parse_known(std::string_view record) {
  Taker taker(record);
  KnownEntry known;
  Entry& entry = known.entry;
  entry.path = taker.text();
  const auto mark = take_mark(taker);
  if (!mark || mark->kind != KnownKind::File)
    return std::nullopt;
  known.linked = mark->linked;
  const std::uint8_t flags = taker.byte();
  entry.sparse = (flags & kSparse) != 0;
  entry.large = (flags & kLarge) != 0;
  if ((flags & kGrown) != 0)
    entry.state = ReadState::Grown;
  if ((flags & kChanged) != 0)
    entry.state = ReadState::Changed;
  entry.mode = static_cast<std::uint32_t>(taker.number());
  entry.uid = static_cast<std::uint32_t>(taker.number());
  entry.gid = static_cast<std::uint32_t>(taker.number());
  entry.size = taker.number();
  entry.mtime_ns = static_cast<std::uint32_t>(taker.number());
  known.ctime_ns = static_cast<std::uint32_t>(taker.number());
  known.inode = taker.number();
  known.filesystem = taker.number();
  entry.mtime = taker.signed_number();
  known.ctime = taker.signed_number();
  known.read_day = taker.signed_number();
  entry.user = taker.text();
  entry.group = taker.text();
  take_attributes(taker, entry);
  entry.sha256 = taker.digest();
  entry.part = taker.text();
  entry.frame = taker.number();
  if (!taker.finished())
    return std::nullopt;
  return known;
}

std::optional<KnownGlance> glance_at_known(std::string_view record) {
  Taker taker(record);
  KnownGlance known;
  known.path = taker.text();
  const auto mark = take_mark(taker);
  if (!mark || mark->kind != KnownKind::File)
    return std::nullopt;
  known.mark = *mark;
  known.large = (taker.byte() & kLarge) != 0;
  (void)taker.number();  // the mode, which cannot change without the time of change
  known.uid = static_cast<std::uint32_t>(taker.number());
  known.gid = static_cast<std::uint32_t>(taker.number());
  FileStamp& stamp = known.stamp;
  stamp.size = taker.number();
  stamp.mtime_ns = static_cast<std::uint32_t>(taker.number());
  stamp.ctime_ns = static_cast<std::uint32_t>(taker.number());
  stamp.inode = taker.number();
  stamp.filesystem = taker.number();
  stamp.mtime = taker.signed_number();
  stamp.ctime = taker.signed_number();
  known.read_day = taker.signed_number();
  known.user = taker.text();
  known.group = taker.text();
  (void)taker.text();  // its ACL
  const std::uint64_t attributes = taker.number();
  for (std::uint64_t i = 0; i < attributes && taker.good(); ++i) {
    (void)taker.text();
    (void)taker.text();
  }
  (void)taker.bytes(Digest{}.size());
  known.part = taker.text();
  (void)taker.number();  // the frame
  return taker.finished() ? std::optional(known) : std::nullopt;
}

std::string pack_of_known(std::string_view record) {
  const auto name = name_of_known(record);
  if (name && name->mark.kind == KnownKind::File) {
    const auto file = glance_at_known(record);
    return file && !file->large ? std::string(file->part) : std::string();
  }
  if (!name || name->mark.kind != KnownKind::Line)
    return {};
  const auto entry = parse_list_line(name->rest);
  return entry && !entry->large ? entry->part : std::string();
}

}  // namespace backstay::runtime
