#include "runtime/archive/list_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <nlohmann/json.hpp>

#include "runtime/archive/flat_json.hpp"

namespace backstay::runtime {

namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 7> kTypes = {
    "file", "directory", "symlink", "hardlink", "fifo", "character-device", "block-device"};
constexpr std::string_view kGone = "{\"gone\":true";
constexpr std::array<std::string_view, 3> kStates = {"intact", "grown", "changed"};

void append_number(std::string& out, std::string_view key, auto value) {
  std::array<char, 24> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out += key;
  out.append(digits.data(), end);
}

void append_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto special = [](char c) {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  };
  if (std::ranges::none_of(text, special)) {
    out += text;
    return;
  }
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    } else {
      out += c;
    }
  }
}

// `,"key":"text"`, or `,"key64":"base64"` for bytes that are not UTF-8.
void append_bytes(std::string& out, std::string_view key, std::string_view bytes) {
  const bool plain = is_utf8(bytes);
  out += ",\"";
  out += key;
  out += plain ? "\":\"" : "64\":\"";
  if (plain) {
    append_escaped(out, bytes);
  } else {
    out += to_base64(bytes);
  }
  out += '"';
}

void append_attributes(std::string& out, const Entry& entry) {
  if (entry.attributes.empty())
    return;
  out += ",\"xattrs\":{";
  for (std::size_t i = 0; i < entry.attributes.size(); ++i) {
    if (i > 0)
      out += ',';
    out += '"';
    append_escaped(out, to_base64(entry.attributes[i].name));
    out += "\":\"";
    out += to_base64(entry.attributes[i].value);
    out += '"';
  }
  out += '}';
}

bool has_content(const Entry& entry) {
  return entry.type == EntryType::File;
}

Error broken(std::string what) {
  return Error{.kind = ErrorKind::BadInput,
               .message = "broken entry in a file list: " + std::move(what)};
}

// A value of an object, however it was read.
struct Value {
  const FlatValue* flat = nullptr;
  const Json* json = nullptr;

  [[nodiscard]] bool there() const { return flat != nullptr || json != nullptr; }

  [[nodiscard]] std::optional<std::string_view> text() const {
    if (flat != nullptr && flat->kind == FlatValue::Kind::Text)
      return flat->text;
    if (json != nullptr && json->is_string())
      return json->get_ref<const std::string&>();
    return std::nullopt;
  }

  [[nodiscard]] std::optional<std::uint64_t> number() const {
    if (flat != nullptr && flat->kind == FlatValue::Kind::Number && !flat->negative)
      return flat->number;
    if (json != nullptr && json->is_number_unsigned())
      return json->get<std::uint64_t>();
    return std::nullopt;
  }

  [[nodiscard]] std::optional<std::int64_t> signed_number() const {
    if (flat != nullptr && flat->kind == FlatValue::Kind::Number &&
        flat->number <= static_cast<std::uint64_t>(INT64_MAX)) {
      const auto value = static_cast<std::int64_t>(flat->number);
      return flat->negative ? -value : value;
    }
    if (json != nullptr && json->is_number_integer())
      return json->get<std::int64_t>();
    return std::nullopt;
  }

  [[nodiscard]] std::optional<bool> flag() const {
    if (flat != nullptr && flat->kind == FlatValue::Kind::Flag)
      return flat->number != 0;
    if (json != nullptr && json->is_boolean())
      return json->get<bool>();
    return std::nullopt;
  }
};

// Reads typed fields of one object; the first wrong type is remembered.
class Fields {
 public:
  explicit Fields(const FlatObject& object) : flat_(&object) {}

  explicit Fields(const Json& object) : json_(&object) {}

  [[nodiscard]] Value find(std::string_view key) const {
    if (flat_ != nullptr)
      return {.flat = flat_->find(key)};
    const auto at = json_->find(key);
    return {.json = at == json_->end() ? nullptr : &*at};
  }

  [[nodiscard]] const Json* nested(const char* key) const { return find(key).json; }

  std::string text(std::string_view key) {
    const Value value = find(key);
    const auto text = value.text();
    if (value.there() && !text)
      wrong(key);
    return text ? std::string(*text) : std::string();
  }

  std::string bytes(std::string_view key, std::string_view encoded_key) {
    const Value encoded = find(encoded_key);
    if (!encoded.there())
      return text(key);
    const auto text = encoded.text();
    auto decoded = text ? from_base64(*text) : Result<std::string>(broken(std::string(key)));
    if (!decoded)
      return wrong(key), std::string();
    return *decoded;
  }

  std::uint64_t number(std::string_view key, std::uint64_t limit) {
    const Value value = find(key);
    const auto number = value.number();
    if (value.there() && (!number || *number > limit))
      return wrong(key), 0;
    return number.value_or(0);
  }

  std::int64_t signed_number(std::string_view key) {
    const Value value = find(key);
    const auto number = value.signed_number();
    if (value.there() && !number)
      wrong(key);
    return number.value_or(0);
  }

  bool flag(std::string_view key) {
    const Value value = find(key);
    const auto flag = value.flag();
    if (value.there() && !flag)
      wrong(key);
    return flag.value_or(false);
  }

  void wrong(std::string_view key) {
    if (problem_.empty())
      problem_ = "`" + std::string(key) + "`";
  }

  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  const FlatObject* flat_ = nullptr;
  const Json* json_ = nullptr;
  std::string problem_;
};

template <typename Names>
std::optional<std::size_t> index_of(const Names& names, std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name)
      return i;
  }
  return std::nullopt;
}

void read_attributes(Fields& fields, Entry& entry) {
  if (!fields.find("xattrs").there())
    return;
  const Json* const at = fields.nested("xattrs");
  if (at == nullptr || !at->is_object())
    return fields.wrong("xattrs");
  for (const auto& [name, value] : at->items()) {
    auto plain_name = from_base64(name);
    auto plain = value.is_string() ? from_base64(value.get<std::string>())
                                   : Result<std::string>(broken("xattrs"));
    if (!plain_name || !plain)
      return fields.wrong("xattrs");
    entry.attributes.push_back({std::move(*plain_name), std::move(*plain)});
  }
  std::ranges::sort(entry.attributes, {}, &ExtendedAttribute::name);
}

// Lower-case only: there is one way to write it.
bool read_digest(std::string_view text, Digest& digest) {
  if (text.size() != 2 * digest.size())
    return false;
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const std::size_t high = kDigits.find(text[2 * i]);
    const std::size_t low = kDigits.find(text[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos)
      return false;
    digest[i] = static_cast<std::uint8_t>(high << 4U | low);
  }
  return true;
}

// Names of parts are made by us: hexadecimal digits and one of two endings.
bool is_part_name(std::string_view name) {
  const std::size_t dot = name.find('.');
  return dot == 64 && name.find_first_not_of("0123456789abcdef") == dot &&
         (name.substr(dot) == ".tar.zst" || name.substr(dot) == ".parts");
}

void read_content(Fields& fields, Entry& entry) {
  entry.size = fields.number("size", INT64_MAX);
  const auto state = index_of(kStates, fields.text("state"));
  entry.state = state ? static_cast<ReadState>(*state) : ReadState::Intact;
  entry.sparse = fields.flag("sparse");
  entry.large = fields.flag("large");
  entry.part = fields.text("zpart");
  entry.frame = fields.number("zframe", INT64_MAX);
  if (!read_digest(fields.text("sha256"), entry.sha256))
    fields.wrong("sha256");
  const bool stored = !entry.part.empty();
  if (stored != (entry.size > 0) || (stored && !is_part_name(entry.part)) ||
      (stored && entry.large != entry.part.ends_with(".parts"))) {
    fields.wrong("zpart");
  }
}

Result<Entry> read_entry(Fields fields) {
  Entry entry;
  entry.path = fields.bytes("path", "path64");
  const auto type = index_of(kTypes, fields.text("type"));
  if (!type)
    return broken("`type`");
  entry.type = static_cast<EntryType>(*type);
  entry.mode = static_cast<std::uint32_t>(fields.number("mode", 07777));
  // The largest number is nobody's: to the kernel it means `leave it as it is`.
  entry.uid = static_cast<std::uint32_t>(fields.number("uid", UINT32_MAX - 1));
  entry.gid = static_cast<std::uint32_t>(fields.number("gid", UINT32_MAX - 1));
  entry.user = fields.bytes("user", "user64");
  entry.group = fields.bytes("group", "group64");
  entry.mtime = fields.signed_number("mtime");
  entry.mtime_ns = static_cast<std::uint32_t>(fields.number("mtime-ns", 999'999'999));
  entry.link = fields.bytes("link", "link64");
  entry.device_major = static_cast<std::uint32_t>(fields.number("major", UINT32_MAX));
  entry.device_minor = static_cast<std::uint32_t>(fields.number("minor", UINT32_MAX));
  entry.acl = fields.bytes("acl", "acl64");
  entry.default_acl = fields.bytes("default-acl", "default-acl64");
  entry.bare = fields.flag("bare");
  read_attributes(fields, entry);
  if (has_content(entry))
    read_content(fields, entry);
  if (!fields.problem().empty())
    return broken(fields.problem());
  if (!is_safe_path(entry.path))
    return broken("the path `" + entry.path + "` leads elsewhere");
  if (entry.type == EntryType::HardLink && !is_safe_path(entry.link)) {
    return broken("the hard link `" + entry.path + "` leads elsewhere");
  }
  if (entry.type == EntryType::Symlink &&
      (entry.link.empty() || entry.link.find('\0') != std::string::npos)) {
    return broken("the symbolic link `" + entry.path + "` has no text");
  }
  return entry;
}

}  // namespace

std::size_t append_list_head(std::string& out, const Entry& entry) {
  std::size_t digest_at = std::string::npos;
  out += "{\"acl\":\"";
  append_escaped(out, entry.acl);
  out += '"';
  if (entry.bare)
    out += ",\"bare\":true";
  if (!entry.default_acl.empty())
    append_bytes(out, "default-acl", entry.default_acl);
  append_number(out, ",\"gid\":", entry.gid);
  append_bytes(out, "group", entry.group);
  if (entry.large)
    out += ",\"large\":true";
  if (!entry.link.empty())
    append_bytes(out, "link", entry.link);
  if (entry.device_major != 0)
    append_number(out, ",\"major\":", entry.device_major);
  if (entry.device_minor != 0)
    append_number(out, ",\"minor\":", entry.device_minor);
  append_number(out, ",\"mode\":", entry.mode);
  append_number(out, ",\"mtime\":", entry.mtime);
  append_number(out, ",\"mtime-ns\":", entry.mtime_ns);
  append_bytes(out, "path", entry.path);
  if (has_content(entry)) {
    out += ",\"sha256\":\"";
    digest_at = out.size();
    out += to_hex(entry.sha256);
    out += '"';
    append_number(out, ",\"size\":", entry.size);
    if (entry.sparse)
      out += ",\"sparse\":true";
    if (entry.state != ReadState::Intact) {
      append_bytes(out, "state", kStates[static_cast<std::size_t>(entry.state)]);
    }
  }
  append_bytes(out, "type", kTypes[static_cast<std::size_t>(entry.type)]);
  append_number(out, ",\"uid\":", entry.uid);
  append_bytes(out, "user", entry.user);
  append_attributes(out, entry);
  return digest_at;
}

void append_list_tail(std::string& out, std::string_view part, std::uint64_t frame) {
  if (!part.empty()) {
    append_number(out, ",\"zframe\":", frame);
    out += ",\"zpart\":\"";
    out += part;
    out += '"';
  }
  out += "}\n";
}

std::string to_list_line(const Entry& entry) {
  std::string line;
  append_list_head(line, entry);
  append_list_tail(line, entry.part, entry.frame);
  return line;
}

void append_gone_line(std::string& out, std::string_view path) {
  out += kGone;
  append_bytes(out, "path", path);
  out += "}\n";
}

bool is_gone_line(std::string_view line) {
  return line.starts_with(kGone);
}

Result<std::string> parse_gone_line(std::string_view line) {
  const Json object = Json::parse(line.begin(), line.end(), nullptr, false);
  if (!object.is_object())
    return broken("no JSON object");
  Fields fields(object);
  std::string path = fields.bytes("path", "path64");
  if (!fields.problem().empty())
    return broken(fields.problem());
  if (!is_safe_path(path))
    return broken("the path `" + path + "` leads elsewhere");
  return path;
}

Result<Entry> parse_list_line(std::string_view line) {
  FlatObject flat;
  if (flat.read(line))
    return read_entry(Fields(flat));
  const Json object = Json::parse(line.begin(), line.end(), nullptr, false);
  if (!object.is_object())
    return broken("no JSON object");
  return read_entry(Fields(object));
}

}  // namespace backstay::runtime
