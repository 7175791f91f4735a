#include "runtime/archive/list_reader.hpp"

#include <string_view>
#include <utility>

#include "runtime/archive/list_json.hpp"
#include "runtime/archive/zstd_frames.hpp"

namespace backstay::runtime {

namespace {

// Frames end at lines, because the writer cuts there.
Result<void> read_lines(std::string_view text,
                        const LineFilter& wanted,
                        const EntryVisitor& visitor) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      return Error{.kind = ErrorKind::BadInput, .message = "a file list ends within a line"};
    }
    if (!wanted || wanted(text.substr(0, end))) {
      BACKSTAY_ASSIGN(Entry entry, parse_list_line(text.substr(0, end)));
      BACKSTAY_TRY(visitor(std::move(entry)));
    }
    text.remove_prefix(end + 1);
  }
  return {};
}

Result<void> read_part(Filesystem& files,
                       const std::string& list,
                       const std::string& name,
                       const LineFilter& wanted,
                       const EntryVisitor& visitor) {
  BACKSTAY_ASSIGN(auto file, files.open_read(list + "/" + name));
  FrameReader frames(std::move(file), "list/" + name);
  while (true) {
    BACKSTAY_ASSIGN(const auto frame, frames.next());
    if (frames.at_end())
      return {};
    const std::string_view text(reinterpret_cast<const char*>(frame.data()), frame.size());
    auto read = read_lines(text, wanted, visitor);
    if (!read)
      return std::move(read).error().while_doing("reading `list/" + name + "`");
  }
}

Result<void> read_all(Filesystem& files,
                      const std::string& directory,
                      const LineFilter& wanted,
                      const EntryVisitor& visitor) {
  BACKSTAY_ASSIGN(const auto names, list_part_names(files, directory));
  for (const std::string& name : names)
    BACKSTAY_TRY(read_part(files, directory + "/list", name, wanted, visitor));
  return {};
}

// Whether one of two paths is the other or above it; both relative to `/`.
bool on_one_line(std::string_view a, std::string_view b) {
  const std::string_view shorter = a.size() < b.size() ? a : b;
  const std::string_view longer = a.size() < b.size() ? b : a;
  return shorter.empty() || shorter == "." ||
         (longer.starts_with(shorter) &&
          (longer.size() == shorter.size() || longer[shorter.size()] == '/'));
}

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

Result<std::vector<std::string>> list_part_names(Filesystem& files, const std::string& directory) {
  const std::string list = directory + "/list";
  BACKSTAY_ASSIGN(const bool there, is_there(files, list));
  if (!there)
    return std::vector<std::string>();  // a component of streams
  return files.list(list);
}

Result<void> read_list(Filesystem& files,
                       const std::string& directory,
                       const EntryVisitor& visitor) {
  return read_all(files, directory, {}, visitor);
}

Result<void> read_list_parts(Filesystem& files,
                             const std::string& directory,
                             const std::vector<std::string>& names,
                             const EntryVisitor& visitor) {
  for (const std::string& name : names)
    BACKSTAY_TRY(read_part(files, directory + "/list", name, {}, visitor));
  return {};
}

Result<void> read_list_where(Filesystem& files,
                             const std::string& directory,
                             const LineFilter& wanted,
                             const EntryVisitor& visitor) {
  return read_all(files, directory, wanted, visitor);
}

Result<void> read_list_near(Filesystem& files,
                            const std::string& directory,
                            const std::string& top,
                            const EntryVisitor& visitor) {
  const std::string_view wanted = std::string_view(top).substr(top.starts_with('/') ? 1 : 0);
  return read_all(
      files, directory,
      [&](std::string_view line) {
        const std::string_view path = plain_path(line);
        return path.empty() || on_one_line(path, wanted);
      },
      visitor);
}

}  // namespace backstay::runtime
