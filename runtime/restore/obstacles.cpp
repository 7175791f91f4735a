#include "runtime/restore/obstacles.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/restore/beneath.hpp"
#include "runtime/restore/restore_selection.hpp"

namespace backstay::runtime {
namespace {

namespace fs = std::filesystem;

bool cannot_move(int directory, const std::string& name) {
  struct statx status {};

  if (statx(directory, name.c_str(), AT_SYMLINK_NOFOLLOW, STATX_TYPE, &status) != 0)
    return false;
  return (status.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) != 0;
}

class ImmutableWalk {
 public:
  ImmutableWalk(const Selector& selector, std::size_t most) : selector_(selector), most_(most) {}

  std::vector<std::string> found;

  Result<void> node(int parent,
                    const std::string& name,
                    const std::string& path,
                    const SelectorState& state) {
    if (found.size() >= most_)
      return {};
    BACKSTAY_ASSIGN(const auto status, status_beneath(parent, name));
    if (!status)
      return {};
    if (state.selected() && cannot_move(parent, name))
      found.push_back(path);
    const bool look = state.selected() || selector_.may_select_below(state);
    if (!S_ISDIR(status->st_mode) || !look)
      return {};
    BACKSTAY_ASSIGN(Descriptor opened, open_beneath(parent, name));
    const SourceDirectory directory{std::move(opened), path};
    BACKSTAY_ASSIGN(const auto names, read_names(directory));
    for (const NameInDirectory& child : names) {
      const int here = directory.descriptor.get();
      if (child.type == DT_DIR) {
        auto below = open_beneath(here, child.name);
        if (below && mount_of(below->get()) != mount_of(here))
          continue;
      }
      BACKSTAY_TRY(
          node(here, child.name, path + "/" + child.name, selector_.enter(state, child.name)));
    }
    return {};
  }

 private:
  const Selector& selector_;
  std::size_t most_;
};

std::string link_of(const fs::path& path) {
  std::array<char, 4096> text{};
  const ssize_t size = readlink(path.c_str(), text.data(), text.size());
  return size < 0 ? std::string() : std::string(text.data(), static_cast<std::size_t>(size));
}

/// Whether a descriptor is open for writing: `flags:` of proc(5)'s fdinfo, octal.
bool writes(const fs::path& process, const std::string& descriptor) {
  std::ifstream info(process / "fdinfo" / descriptor);
  std::string name;
  std::string value;
  while (info >> name >> value) {
    if (name == "flags:")
      return (std::strtoul(value.c_str(), nullptr, 8) & O_ACCMODE) != O_RDONLY;
  }
  return false;
}

class HolderSearch {
 public:
  HolderSearch(const std::vector<std::string>& paths, const Selector& selector)
      : paths_(paths), selector_(selector) {}

  std::vector<Holder> found;

  void look_at(const fs::path& process, int number) {
    std::error_code ignored;
    for (const auto& each : fs::directory_iterator(process / "fd", ignored)) {
      const std::string path = link_of(each.path());
      if (concerns(path))
        add(process, number, path, writes(process, each.path().filename().string()));
    }
    if (const std::string path = link_of(process / "cwd"); concerns(path))
      add(process, number, path, false);
  }

 private:
  bool concerns(const std::string& path) {
    if (!path.starts_with('/'))
      return false;
    return std::ranges::any_of(paths_,
                               [&](const auto& top) { return is_at_or_below(path, top); }) &&
           selector_.at(path).selected();
  }

  void add(const fs::path& process, int number, const std::string& path, bool writing) {
    const bool known = std::ranges::any_of(found, [&](const Holder& each) {
      return each.process == number && each.writes == writing;
    });
    if (known)
      return;
    std::ifstream name(process / "comm");
    Holder holder{.program = {}, .process = number, .path = path, .writes = writing};
    std::getline(name, holder.program);
    found.push_back(std::move(holder));
  }

  const std::vector<std::string>& paths_;
  const Selector& selector_;
};

}  // namespace

Result<std::vector<std::string>> find_immutable(const std::string& path,
                                                const Selector& selector,
                                                std::size_t most) {
  const auto [above, name] = split_path(path);
  const auto parent = open_place(above.empty() ? "/" : above);
  if (!parent)
    return std::vector<std::string>();
  ImmutableWalk walk(selector, most);
  BACKSTAY_TRY(walk.node(parent->get(), name.empty() ? "." : name, path, selector.at(path)));
  return std::move(walk.found);
}

std::vector<Holder> find_holders(const std::vector<std::string>& paths, const Selector& selector) {
  HolderSearch search(paths, selector);
  std::error_code ignored;
  for (const auto& each : fs::directory_iterator("/proc", ignored)) {
    const int number = std::atoi(each.path().filename().c_str());
    if (number > 0 && number != getpid())
      search.look_at(each.path(), number);
  }
  return std::move(search.found);
}

std::string describe(const Holder& holder) {
  return fmt::format("{} ({}) {} `{}`", holder.program, holder.process,
                     holder.writes ? "writes" : "uses", holder.path);
}

Result<void> refuse_writers(const std::vector<Holder>& holders) {
  const auto writer = std::ranges::find_if(holders, &Holder::writes);
  if (writer == holders.end())
    return {};
  return Error{.kind = ErrorKind::Refused,
               .message = describe(*writer) + ", which is about to be replaced",
               .hint =
                   "it would go on writing into what is set aside: stop it, then repeat the "
                   "restore"};
}

}  // namespace backstay::runtime
