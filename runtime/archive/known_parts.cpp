#include "runtime/archive/known_parts.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "runtime/archive/list_parts.hpp"

namespace backstay::runtime {

namespace {

constexpr std::uint64_t kSmallPack = std::uint64_t{8} << 20U;
constexpr std::size_t kManySmallPacks = 32;
constexpr std::uint64_t kLeastRewrite = std::uint64_t{4} << 20U;
constexpr std::array<std::string_view, 3> kChecks = {"tar", "plain", "raw"};

bool is_pack(const PartRecord& part) {
  return part.members > 0;
}

bool parse_hex(std::string_view text, Digest& digest) {
  for (std::size_t i = 0; i < digest.size() && text.size() == 2 * digest.size(); ++i)
    (void)std::from_chars(text.data() + 2 * i, text.data() + 2 * i + 2, digest[i], 16);
  return to_hex(digest) == text;
}

template <typename Number>
bool parse_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

}  // namespace

void KnownParts::add(PartRecord part) {
  const bool plain = part.check == PartCheck::Plain || (!is_pack(part) && part.plain != Digest{});
  if (plain)
    by_plain_[part.plain] = part.path;
  std::string path = part.path;
  parts_.insert_or_assign(std::move(path), std::move(part));
}

void KnownParts::remove(const std::string& path) {
  const auto found = parts_.find(path);
  if (found == parts_.end())
    return;
  const auto plain = by_plain_.find(found->second.plain);
  if (plain != by_plain_.end() && plain->second == path)
    by_plain_.erase(plain);
  list_whole_ = list_whole_ && !is_list_part(path);
  parts_.erase(found);
}

const PartRecord* KnownParts::find(const std::string& path) const {
  const auto found = parts_.find(path);
  return found == parts_.end() ? nullptr : &found->second;
}

const PartRecord* KnownParts::find_pack(const std::string& path) const {
  return retired_.contains(path) ? nullptr : find(path);
}

const PartRecord* KnownParts::find_plain(const Digest& plain) const {
  const auto found = by_plain_.find(plain);
  return found == by_plain_.end() ? nullptr : find(found->second);
}

std::vector<std::string> packs_to_rewrite(const KnownParts& parts) {
  std::vector<const PartRecord*> sparse;
  std::vector<const PartRecord*> small;
  std::uint64_t total = 0;
  for (const auto& [path, part] : parts.all()) {
    total += is_pack(part) ? part.live : part.stored_size;
    if (is_pack(part) && part.live * 2 < part.content) {
      sparse.push_back(&part);
    } else if (is_pack(part) && part.content < kSmallPack) {
      small.push_back(&part);
    }
  }
  std::ranges::sort(sparse, [](const PartRecord* a, const PartRecord* b) {
    return static_cast<double>(a->live) * static_cast<double>(b->content) <
           static_cast<double>(b->live) * static_cast<double>(a->content);
  });
  std::ranges::sort(small, {}, [](const PartRecord* part) { return part->live; });
  if (small.size() > kManySmallPacks)
    sparse.insert(sparse.end(), small.begin(), small.end());
  std::uint64_t left = std::max(total / 20, kLeastRewrite);
  std::vector<std::string> chosen;
  for (const PartRecord* part : sparse) {
    if (part->live > left)
      continue;
    left -= part->live;
    chosen.push_back(part->path);
  }
  return chosen;
}

std::string to_text(const PartRecord& part) {
  std::string line = part.path;
  const auto add = [&](const std::string& word) { line += " " + word; };
  add(std::to_string(part.stored_size));
  add(to_hex(part.stored));
  add(std::string(kChecks[static_cast<std::size_t>(part.check)]));
  add(to_hex(part.plain));
  add(part.segment ? "segment" : "whole");
  for (const std::uint64_t number : {part.members, part.content, part.live})
    add(std::to_string(number));
  add(std::to_string(part.checked));
  if (part.sealed)
    add("sealed");
  for (const std::string& segment : part.segments)
    add(segment);
  return line;
}

Result<PartRecord> parse_part(std::string_view line) {
  const auto words = words_of(line);
  const Error broken{.kind = ErrorKind::BadInput, .message = "a broken line in a list of parts"};
  if (words.size() < 10 || words[0].empty() || (words.size() > 10 && words[10] != "sealed"))
    return broken;
  PartRecord part;
  part.path = words[0];
  const auto check = std::ranges::find(kChecks, words[3]);
  const bool valid = parse_number(words[1], part.stored_size) && parse_hex(words[2], part.stored) &&
                     check != kChecks.end() && parse_hex(words[4], part.plain) &&
                     (words[5] == "segment" || words[5] == "whole") &&
                     parse_number(words[6], part.members) && parse_number(words[7], part.content) &&
                     parse_number(words[8], part.live) && parse_number(words[9], part.checked);
  if (!valid)
    return broken;
  part.check = static_cast<PartCheck>(check - kChecks.begin());
  part.segment = words[5] == "segment";
  part.sealed = words.size() > 10;
  for (std::size_t i = 11; i < words.size(); ++i)
    part.segments.emplace_back(words[i]);
  return part;
}

}  // namespace backstay::runtime
