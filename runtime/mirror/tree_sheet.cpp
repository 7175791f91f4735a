#include "runtime/mirror/tree_sheet.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

#include "runtime/archive/list_json.hpp"
#include "runtime/archive/tree_walk.hpp"

namespace backstay::runtime {
namespace {

constexpr std::size_t kItems = 256;
constexpr std::size_t kBuffer = std::size_t{1} << 20U;
constexpr std::string_view kGone = "gone ";
// The form of a line wants the name of what holds the content: here it is the content's own.
constexpr std::string_view kPart = ".tar.zst";

Error interrupted() {
  return {.kind = ErrorKind::Interrupted, .message = "interrupted"};
}

struct timespec changed_of(const struct stat& status) {
  return status.st_ctim;
}

bool same(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec && changed_of(a).tv_sec == changed_of(b).tv_sec &&
         changed_of(a).tv_nsec == changed_of(b).tv_nsec;
}

class Reader {
 public:
  Reader(ContentMemory& memory, const std::stop_token& stop)
      : memory_(memory), stop_(stop), buffer_(kBuffer) {}

  Result<TreeReading> read(const std::string& path) {
    std::optional<Error> problem;
    TreeWalk walk(plan::ArchiveFiles{.component = {}, .path = path, .except = {}, .keep = {}},
                  [&](const std::string& /*path*/, const Error& error) { problem = error; });
    BACKSTAY_TRY(walk.open());
    std::vector<WalkItem> items;
    for (bool more = true; more;) {
      items.clear();
      more = walk.next(items, kItems);
      for (const WalkItem& item : items) {
        if (stop_.stop_requested())
          return interrupted();
        BACKSTAY_TRY(take(path, item));
      }
      if (problem)
        return *std::move(problem);
    }
    return std::move(reading_);
  }

 private:
  Result<void> take(const std::string& top, const WalkItem& item) {
    const std::string whole =
        "/" + (item.entry ? item.entry->path : item.directory->child(item.name));
    if (reading_.base.empty())  // the top comes first
      reading_.base = item.entry ? top : top.substr(0, std::max<std::size_t>(1, top.rfind('/')));
    const std::string path =
        whole == reading_.base ? "."
                               : whole.substr(reading_.base == "/" ? 1 : reading_.base.size() + 1);
    Entry entry;
    if (item.entry) {
      entry = *item.entry;
    } else {
      BACKSTAY_ASSIGN(const bool kept, read_item(item, path, entry));
      if (!kept)
        return {};
    }
    entry.path = path;
    reading_.sheet.entries[path] = std::move(entry);
    return {};
  }

  // False: it is named among what is not in the sheet, or is gone again.
  Result<bool> read_item(const WalkItem& item, const std::string& path, Entry& entry) {
    struct stat status {};

    const int directory = item.directory->descriptor.get();
    if (fstatat(directory, item.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT)
        return false;
      return errno_error(errno, "cannot look at `/" + item.directory->child(item.name) + "`");
    }
    if (S_ISLNK(status.st_mode))
      return read_link(item, status, entry);
    if (S_ISREG(status.st_mode))
      return read_file(item, path, entry);
    reading_.left_out.push_back(path);
    return false;
  }

  Result<bool> read_link(const WalkItem& item, const struct stat& status, Entry& entry) {
    std::array<char, 4096> text{};
    const ssize_t size =
        readlinkat(item.directory->descriptor.get(), item.name.c_str(), text.data(), text.size());
    if (size < 0)
      return errno_error(errno, "cannot read the link `/" + item.directory->child(item.name) + "`");
    entry.type = EntryType::Symlink;
    fill_from_status(entry, status, owners_);
    entry.size = 0;
    entry.link.assign(text.data(), static_cast<std::size_t>(size));
    return true;
  }

  Result<bool> read_file(const WalkItem& item, const std::string& path, Entry& entry) {
    const Descriptor file = open_source(item.directory->descriptor.get(), item.name.c_str(), 0);
    if (!file.open())
      return errno_error(errno, "cannot open `/" + item.directory->child(item.name) + "`");

    struct stat before {};

    struct stat after {};

    if (fstat(file.get(), &before) != 0)
      return errno_error(errno, "cannot look at `/" + item.directory->child(item.name) + "`");
    entry.type = EntryType::File;
    fill_from_status(entry, before, owners_);
    BACKSTAY_TRY(fill_attributes(entry, file.get(), owners_));
    if (const auto known = memory_.find(path, before)) {
      entry.sha256 = *known;
      return true;
    }
    BACKSTAY_ASSIGN(entry.sha256, hash(file.get(), item));
    if (fstat(file.get(), &after) != 0 || !same(before, after)) {
      reading_.changing.push_back(path);
      return false;
    }
    memory_.note(path, before, entry.sha256);
    return true;
  }

  Result<Digest> hash(int descriptor, const WalkItem& item) {
    Sha256 sum;
    while (true) {
      if (stop_.stop_requested())
        return interrupted();
      const ssize_t size = ::read(descriptor, buffer_.data(), buffer_.size());
      if (size < 0 && errno == EINTR)
        continue;
      if (size < 0)
        return errno_error(errno, "cannot read `/" + item.directory->child(item.name) + "`");
      if (size == 0)
        return sum.finish();
      sum.update(std::span<const std::byte>(buffer_).first(static_cast<std::size_t>(size)));
    }
  }

  ContentMemory& memory_;
  const std::stop_token& stop_;
  std::vector<std::byte> buffer_;
  Owners owners_;
  TreeReading reading_;
};

}  // namespace

bool TreeSheet::has_file(const std::string& path, const Digest& digest) const {
  const auto found = entries.find(path);
  return found != entries.end() && found->second.type == EntryType::File &&
         found->second.sha256 == digest;
}

std::vector<std::string> TreeSheet::files() const {
  std::vector<std::string> names;
  for (const auto& [path, entry] : entries) {
    if (entry.type == EntryType::File)
      names.push_back(path);
  }
  return names;
}

std::string to_text(const TreeSheet& sheet) {
  std::string text;
  for (const auto& [path, entry] : sheet.entries) {
    if (const auto gone = sheet.gone.find(path); gone != sheet.gone.end())
      text += std::string(kGone) + gone->second + " ";
    Entry named = entry;
    if (named.type == EntryType::File && named.size > 0)
      named.part = to_hex(named.sha256) + std::string(kPart);
    text += to_list_line(named);
  }
  return text;
}

Result<TreeSheet> parse_tree_sheet(std::string_view text) {
  TreeSheet sheet;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos)
      return Error{.kind = ErrorKind::BadInput, .message = "the sheet is cut short"};
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    std::string since;
    if (line.starts_with(kGone)) {
      line.remove_prefix(kGone.size());
      const std::size_t blank = line.find(' ');
      if (blank == std::string_view::npos)
        return Error{.kind = ErrorKind::BadInput, .message = "a line of the sheet is none"};
      since = line.substr(0, blank);
      line.remove_prefix(blank + 1);
    }
    BACKSTAY_ASSIGN(Entry entry, parse_list_line(line));
    entry.part.clear();
    const std::string path = entry.path;
    if (!since.empty())
      sheet.gone[path] = since;
    sheet.entries[path] = std::move(entry);
  }
  return sheet;
}

Result<TreeReading> read_tree(const std::string& path,
                              ContentMemory& memory,
                              const std::stop_token& stop) {
  return Reader(memory, stop).read(path);
}

}  // namespace backstay::runtime
