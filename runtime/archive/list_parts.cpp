#include "runtime/archive/list_parts.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "runtime/archive/list_json.hpp"
#include "runtime/archive/tree_order.hpp"
#include "runtime/archive/zstd_frames.hpp"

namespace backstay::runtime {

namespace {

constexpr std::string_view kList = "list/";
// By section, then base and changes. None begins with a digit, as those of earlier versions do.
constexpr std::array<std::array<std::string_view, 2>, 2> kPrefixes = {
    {{"base-", "changes-"}, {"linked-base-", "linked-changes-"}}};

// The path as it stands in a line; empty where it is escaped and must be parsed.
std::string_view plain_path(std::string_view line) {
  constexpr std::string_view kKey = ",\"path\":\"";
  const std::size_t at = line.find(kKey);
  if (at == std::string_view::npos)
    return {};
  line.remove_prefix(at + kKey.size());
  const std::string_view path = line.substr(0, line.find('"'));
  return path.find('\\') == std::string_view::npos ? path : std::string_view();
}

}  // namespace

std::string list_part_name(bool linked, bool changes, std::size_t number) {
  const std::string digits = std::to_string(number);
  return std::string(kList) + std::string(kPrefixes[linked ? 1 : 0][changes ? 1 : 0]) +
         std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits + ".jsonl.zst";
}

bool is_list_part(std::string_view path) {
  return path.starts_with(kList);
}

bool is_base_list_part(std::string_view path) {
  return is_list_part(path) && std::ranges::any_of(kPrefixes, [&](const auto& section) {
           return path.substr(kList.size()).starts_with(section.front());
         });
}

Result<std::vector<ListSection>> list_sections(Filesystem& files, const std::string& directory) {
  const std::string list = directory + "/list";
  BACKSTAY_ASSIGN(const bool there, is_there(files, list));
  std::vector<ListSection> sections(3);
  sections.front().ordered = false;
  std::vector<std::string> names;
  if (there) {  // a component of streams has none
    BACKSTAY_ASSIGN(names, files.list(list));
  }
  std::ranges::sort(names);
  for (std::string& name : names) {
    std::vector<std::string>* place = &sections.front().base;
    for (std::size_t section = 0; section < kPrefixes.size(); ++section) {
      if (name.starts_with(kPrefixes[section][0]))
        place = &sections[section + 1].base;
      if (name.starts_with(kPrefixes[section][1]))
        place = &sections[section + 1].changes;
    }
    place->push_back(std::move(name));
  }
  std::erase_if(sections, [](const ListSection& section) {
    return section.base.empty() && section.changes.empty();
  });
  return sections;
}

Result<std::string> path_of_line(std::string_view line) {
  const std::string_view plain = plain_path(line);
  if (!plain.empty())
    return std::string(plain);
  if (is_gone_line(line))
    return parse_gone_line(line);
  BACKSTAY_ASSIGN(Entry entry, parse_list_line(line));
  return std::move(entry.path);
}

Result<std::string> ListIndex::first_path(std::size_t part) {
  if (const auto known = first_.find(part); known != first_.end())
    return known->second;
  BACKSTAY_ASSIGN(auto file, files_.open_read(list_ + "/" + names_[part]));
  FrameReader frames(std::move(file), "list/" + names_[part]);
  BACKSTAY_ASSIGN(const auto frame, frames.next());
  const std::string_view text(reinterpret_cast<const char*>(frame.data()), frame.size());
  BACKSTAY_ASSIGN(std::string path, path_of_line(text.substr(0, text.find('\n'))));
  path = list_key(path);
  first_[part] = path;
  return path;
}

Result<std::size_t> ListIndex::part_of(std::string_view path) {
  std::size_t low = 0;
  std::size_t high = names_.size();
  while (high - low > 1) {
    const std::size_t middle = low + (high - low) / 2;
    BACKSTAY_ASSIGN(const std::string first, first_path(middle));
    (path_before(path, first) ? high : low) = middle;
  }
  return low;
}

Result<std::vector<std::string>> ListIndex::near(std::string_view path) {
  std::vector<std::string> found;
  if (names_.empty())
    return found;
  std::set<std::size_t> parts = {0};  // where the top is
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    BACKSTAY_ASSIGN(const std::size_t above, part_of(path.substr(0, slash)));
    parts.insert(above);
  }
  BACKSTAY_ASSIGN(std::size_t part, part_of(path));
  parts.insert(part);
  while (++part < names_.size()) {
    BACKSTAY_ASSIGN(const std::string first, first_path(part));
    if (!path.empty() && !on_one_line(path, first))
      break;
    parts.insert(part);
  }
  for (const std::size_t number : parts)
    found.push_back(names_[number]);
  return found;
}

Result<std::vector<std::string>> ListIndex::between(const std::optional<std::string>& from,
                                                    const std::optional<std::string>& to) {
  std::vector<std::string> found;
  if (names_.empty())
    return found;
  std::size_t part = 0;
  if (from) {
    BACKSTAY_ASSIGN(part, part_of(*from));
  }
  for (; part < names_.size(); ++part) {
    if (to && !found.empty()) {
      BACKSTAY_ASSIGN(const std::string first, first_path(part));
      if (!path_before(first, *to))
        break;
    }
    found.push_back(names_[part]);
  }
  return found;
}

bool on_one_line(std::string_view a, std::string_view b) {
  const std::string_view shorter = a.size() < b.size() ? a : b;
  const std::string_view longer = a.size() < b.size() ? b : a;
  return shorter.empty() || (longer.starts_with(shorter) &&
                             (longer.size() == shorter.size() || longer[shorter.size()] == '/'));
}

}  // namespace backstay::runtime
