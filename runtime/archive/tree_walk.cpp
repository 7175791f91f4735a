#include "runtime/archive/tree_walk.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace backstay::runtime {

namespace {

unsigned char type_of(mode_t mode) {
  return static_cast<unsigned char>(IFTODT(mode));
}

// Follows no link. Closed where errno says why not. The kernel takes at most 4095 bytes of a path
// at once; trees may be deeper.
Descriptor open_below(int directory, const std::string& path) {
  constexpr std::size_t kMostAtOnce = 4000;
  const std::size_t slash =
      path.size() <= kMostAtOnce ? std::string::npos : path.rfind('/', kMostAtOnce);
  if (slash != std::string::npos) {
    const Descriptor above = open_below(directory, path.substr(0, slash));
    return above.open() ? open_below(above.get(), path.substr(slash + 1)) : Descriptor();
  }
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return Descriptor(
      static_cast<int>(syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how)));
}

}  // namespace

TreeWalk::TreeWalk(const plan::ArchiveFiles& files, Problem problem)
    : path_(files.path), selector_(files.except, files.keep), problem_(std::move(problem)) {}

Result<void> TreeWalk::open() {
  const std::size_t slash = path_.rfind('/');
  const std::string parent = path_.substr(0, slash);
  const std::string opened = parent.empty() ? "/" : parent;
  // Why links are followed here and nowhere below: `/var/run` and its like are the machine's
  // layout.
  Descriptor descriptor(::open(opened.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.open())
    return errno_error(errno, "cannot open `" + opened + "`");
  top_parent_ = std::make_shared<SourceDirectory>(
      SourceDirectory{std::move(descriptor), parent.empty() ? "" : parent.substr(1)});
  top_.name = path_.substr(slash + 1);
  if (top_.name.empty())
    top_.name = ".";

  struct stat status {};

  if (fstatat(top_parent_->descriptor.get(), top_.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) !=
      0) {
    return errno_error(errno, "cannot look at `" + path_ + "`");
  }
  top_.type = type_of(status.st_mode);
  return {};
}

Result<SourceDirectoryPointer> TreeWalk::reopen(const std::string& directory) const {
  if (directory == top_parent_->path)
    return top_parent_;
  const std::string below =
      top_parent_->path.empty() ? directory : directory.substr(top_parent_->path.size() + 1);
  Descriptor opened = open_below(top_parent_->descriptor.get(), below);
  if (!opened.open())
    return errno_error(errno, "cannot open `/" + directory + "`");
  return SourceDirectoryPointer(
      std::make_shared<SourceDirectory>(SourceDirectory{std::move(opened), directory}));
}

bool TreeWalk::next(std::vector<WalkItem>& items, std::size_t count) {
  if (!top_given_) {
    top_given_ = true;
    visit(top_parent_, NameInDirectory(top_), selector_.at(path_), items);
  }
  while (items.size() < count && !levels_.empty()) {
    Level& level = levels_.back();
    if (level.at == level.names.size()) {
      levels_.pop_back();
      continue;
    }
    NameInDirectory name = std::move(level.names[level.at++]);
    const SourceDirectoryPointer directory = level.directory;
    const SelectorState state = selector_.enter(level.state, name.name);
    visit(directory, std::move(name), state, items);
  }
  return !levels_.empty();
}

void TreeWalk::visit(const SourceDirectoryPointer& parent,
                     NameInDirectory&& name,
                     const SelectorState& state,
                     std::vector<WalkItem>& items) {
  if (state.reserved) {
    ++counts_.reserved;
    return;
  }
  if (name.type == DT_UNKNOWN) {
    struct stat status {};

    if (fstatat(parent->descriptor.get(), name.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
      name.type = type_of(status.st_mode);
    }
  }
  if (name.type == DT_DIR)
    return visit_directory(parent, name.name, state, items);
  if (!state.selected()) {
    ++counts_.left_out;
  } else if (name.type == DT_SOCK) {
    ++counts_.sockets;
  } else {
    give(WalkItem{parent, std::move(name.name), name.type, nullptr, {}}, items);
  }
}

void TreeWalk::visit_directory(const SourceDirectoryPointer& parent,
                               const std::string& name,
                               const SelectorState& state,
                               std::vector<WalkItem>& items) {
  const bool selected = state.selected();
  const bool named = !selected && state.named && parent_selected();
  const bool below = selector_.may_select_below(state);
  if (!selected)
    ++counts_.left_out;
  if (!selected && !named && !below)
    return;
  const std::string path = name == "." ? std::string() : parent->child(name);
  Descriptor descriptor = open_source(parent->descriptor.get(), name.c_str(), O_DIRECTORY);

  struct stat status {};

  if (!descriptor.open() || fstat(descriptor.get(), &status) != 0) {
    return problem_("/" + path, errno_error(errno, "cannot open `/" + path + "`"));
  }
  auto entry = std::make_unique<Entry>();
  entry->path = path.empty() ? "." : path;
  entry->type = EntryType::Directory;
  entry->bare = !selected;
  fill_from_status(*entry, status, owners_);
  if (auto filled = fill_attributes(*entry, descriptor.get(), owners_); !filled) {
    problem_("/" + path, filled.error());
  }
  auto directory = std::make_shared<SourceDirectory>(SourceDirectory{std::move(descriptor), path});
  std::unique_ptr<Entry> pending;
  if (selected || named) {
    give(WalkItem{parent, name, DT_DIR, std::move(entry), {}}, items);
  } else {
    pending = std::move(entry);
  }
  if (below)
    enter(std::move(directory), std::move(pending), state);
}

void TreeWalk::enter(SourceDirectoryPointer directory,
                     std::unique_ptr<Entry> pending,
                     const SelectorState& state) {
  Level level{std::move(directory), {}, 0, state, std::move(pending)};
  auto names = read_names(*level.directory);
  if (!names)
    return problem_("/" + level.directory->path, names.error());
  level.names = std::move(names).value();
  levels_.push_back(std::move(level));
}

void TreeWalk::give(WalkItem item, std::vector<WalkItem>& items) {
  for (Level& level : levels_) {
    if (level.pending) {
      items.push_back(WalkItem{level.directory, {}, DT_DIR, std::move(level.pending), {}});
    }
  }
  items.push_back(std::move(item));
}

}  // namespace backstay::runtime
