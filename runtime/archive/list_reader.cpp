#include "runtime/archive/list_reader.hpp"

#include <string_view>
#include <utility>

#include "runtime/archive/list_json.hpp"
#include "runtime/archive/zstd_frames.hpp"

namespace backstay::runtime {

namespace {

// Frames end at lines, because the writer cuts there.
Result<void> read_lines(std::string_view text, const EntryVisitor& visitor) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      return Error{.kind = ErrorKind::BadInput, .message = "a file list ends within a line"};
    }
    BACKSTAY_ASSIGN(Entry entry, parse_list_line(text.substr(0, end)));
    BACKSTAY_TRY(visitor(std::move(entry)));
    text.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace

Result<void> read_list(Filesystem& files,
                       const std::string& directory,
                       const EntryVisitor& visitor) {
  const std::string list = directory + "/list";
  if (!exists(files, list))
    return {};
  BACKSTAY_ASSIGN(const auto names, files.list(list));
  for (const std::string& name : names) {
    BACKSTAY_ASSIGN(auto file, files.open_read(list + "/" + name));
    FrameReader frames(std::move(file), "list/" + name);
    while (true) {
      BACKSTAY_ASSIGN(const auto frame, frames.next());
      if (frames.at_end())
        break;
      const std::string_view text(reinterpret_cast<const char*>(frame.data()), frame.size());
      auto read = read_lines(text, visitor);
      if (!read)
        return std::move(read).error().while_doing("reading `list/" + name + "`");
    }
  }
  return {};
}

}  // namespace backstay::runtime
