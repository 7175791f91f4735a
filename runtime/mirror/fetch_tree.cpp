#include "runtime/mirror/fetch_tree.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/restore/beneath.hpp"
#include "runtime/restore/metadata.hpp"

namespace backstay::runtime {
namespace {

class Fetch {
 public:
  Fetch(World& world,
        const FarPlace& place,
        const TreeSheet& sheet,
        std::string to,
        const std::stop_token& stop)
      : world_(world),
        place_(place),
        sheet_(sheet),
        to_(std::move(to)),
        aside_(to_ + ".backstay-fetch"),
        metadata_(notes_),
        stop_(stop) {}

  Result<FetchReport> run(const std::string& directory, const MoveProgress& progress) {
    BACKSTAY_TRY(check_empty());
    BACKSTAY_ASSIGN(const bool left, is_there(world_.files, aside_));
    if (left)
      BACKSTAY_TRY(remove_tree(world_.files, aside_));
    BACKSTAY_TRY(make_directories(world_.files, aside_, 0700));
    std::vector<std::string> names;
    for (const std::string& name : sheet_.files()) {
      if (!sheet_.gone.contains(name))
        names.push_back(name);
    }
    BACKSTAY_TRY(place_.fetch(directory, names, aside_, progress, stop_));
    BACKSTAY_ASSIGN(root_, open_place(aside_));
    BACKSTAY_TRY(make_rest());
    BACKSTAY_TRY(check_and_dress());
    BACKSTAY_TRY(give_name());
    report_.notes = notes_.take();
    return std::move(report_);
  }

 private:
  // A tree that holds something is not ours to replace.
  Result<void> check_empty() {
    const auto names = world_.files.list(to_);
    if (!names && names.error().kind == ErrorKind::NotFound)
      return {};
    if (names && names->empty())
      return {};
    return Error{.kind = ErrorKind::Usage,
                 .message = fmt::format("`{}` is there and not an empty directory", to_),
                 .hint = "move it aside first, or fetch to another directory"};
  }

  // Directories, parents first, and links.
  Result<void> make_rest() {
    for (const auto& [path, entry] : sheet_.entries) {
      if (path == "." || sheet_.gone.contains(path))
        continue;
      const auto [parent, name] = split_path(path);
      if (entry.type == EntryType::Directory) {
        BACKSTAY_ASSIGN(const Descriptor in, open_beneath(root_.get(), parent));
        if (mkdirat(in.get(), name.c_str(), 0700) != 0 && errno != EEXIST)
          return errno_error(errno, "cannot make `" + aside_ + "/" + path + "`");
      } else if (entry.type == EntryType::Symlink) {
        BACKSTAY_ASSIGN(const Descriptor in, open_beneath(root_.get(), parent));
        if (symlinkat(entry.link.c_str(), in.get(), name.c_str()) != 0)
          return errno_error(errno, "cannot make the link `" + aside_ + "/" + path + "`");
        BACKSTAY_TRY(metadata_.apply_at(in.get(), name, entry));
      }
    }
    return {};
  }

  // Children before their directories, whose times they would change.
  Result<void> check_and_dress() {
    for (auto each = sheet_.entries.rbegin(); each != sheet_.entries.rend(); ++each) {
      const auto& [path, entry] = *each;
      if (sheet_.gone.contains(path) || entry.type == EntryType::Symlink)
        continue;
      const bool directory = entry.type == EntryType::Directory;
      const auto [parent, name] = split_path(path == "." ? "" : path);
      BACKSTAY_ASSIGN(const Descriptor in, open_beneath(root_.get(), directory ? path : parent));
      if (directory) {
        BACKSTAY_TRY(metadata_.apply(in.get(), without_rights(path, entry)));
        continue;
      }
      const Descriptor file(
          openat(in.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
      if (!file.open())
        return errno_error(errno, "cannot open `" + aside_ + "/" + path + "`");
      BACKSTAY_TRY(compare(file.get(), path, entry));
      BACKSTAY_TRY(metadata_.apply(file.get(), without_rights(path, entry)));
      if (fsync(file.get()) != 0)
        return errno_error(errno, "cannot write `" + aside_ + "/" + path + "`");
    }
    return {};
  }

  // Nobody has signed the sheet: what would give rights to who runs a file stays out.
  Entry without_rights(const std::string& path, Entry entry) {
    constexpr std::uint32_t kSetId = 06000;
    const auto gives_rights = [](const ExtendedAttribute& one) {
      return !one.name.starts_with("user.");
    };
    if ((entry.mode & kSetId) != 0 ||
        std::any_of(entry.attributes.begin(), entry.attributes.end(), gives_rights))
      notes_.add(fmt::format("`{}` comes back without set-id bits and capabilities", path));
    entry.mode &= ~kSetId;
    std::erase_if(entry.attributes, gives_rights);
    return entry;
  }

  Result<void> compare(int descriptor, const std::string& path, const Entry& entry) {
    constexpr std::size_t kBuffer = std::size_t{1} << 20U;
    std::vector<std::byte> buffer(kBuffer);
    Sha256 sum;
    while (true) {
      const ssize_t size = ::read(descriptor, buffer.data(), buffer.size());
      if (size < 0)
        return errno_error(errno, "cannot read `" + aside_ + "/" + path + "`");
      if (size == 0)
        break;
      if (stop_.stop_requested())
        return Error{.kind = ErrorKind::Interrupted, .message = "interrupted"};
      sum.update(std::span<const std::byte>(buffer).first(static_cast<std::size_t>(size)));
      report_.bytes += static_cast<std::uint64_t>(size);
    }
    ++report_.files;
    if (sum.finish() == entry.sha256)
      return {};
    return Error{
        .kind = ErrorKind::Verification,
        .message = fmt::format("`{}` of {} is not what the sheet says", path, place_.describe()),
        .hint = "nothing was put in place; fetch from another host or target"};
  }

  // rename(2) takes an empty directory's place, and nothing else's.
  Result<void> give_name() {
    const auto only = sheet_.entries.find(".");
    if (only == sheet_.entries.end()) {  // a single file: its directory is what was asked for
      if (chmod(aside_.c_str(), 0755) != 0)
        return errno_error(errno, "cannot set the mode of `" + aside_ + "`");
    }
    if (::rename(aside_.c_str(), to_.c_str()) != 0)
      return errno_error(errno, "cannot give `" + aside_ + "` the name `" + to_ + "`");
    const std::size_t slash = to_.rfind('/');
    return world_.files.sync_directory(slash == 0 ? "/" : to_.substr(0, slash));
  }

  World& world_;
  const FarPlace& place_;
  const TreeSheet& sheet_;
  std::string to_;
  std::string aside_;
  RestoreNotes notes_;
  MetadataWriter metadata_;
  const std::stop_token& stop_;
  Descriptor root_;
  FetchReport report_;
};

}  // namespace

Result<FetchReport> fetch_tree(World& world,
                               const FarPlace& place,
                               const std::string& directory,
                               const TreeSheet& sheet,
                               const std::string& to,
                               const MoveProgress& progress,
                               const std::stop_token& stop) {
  return Fetch(world, place, sheet, to, stop).run(directory, progress);
}

}  // namespace backstay::runtime
