#include "runtime/restore/undo_files.hpp"

#include <cerrno>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/archive/source_directory.hpp"
#include "runtime/restore/discard.hpp"
#include "runtime/restore/leftovers.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

Error not_as_left(const std::string& path, const std::string& aside) {
  return {.kind = ErrorKind::Refused,
          .message = "`" + aside + "` is not what the restore set aside, and `" + path +
                     "` is not what was there before",
          .hint = "somebody moved one of them; look at both and put them right by hand"};
}

// A path's directory, open, and its name there.
struct Place {
  Descriptor parent;
  std::string name;
};

Result<std::optional<Place>> open_parent(const std::string& path) {
  auto [above, name] = split_path(path);
  auto parent = open_place(above.empty() ? "/" : above);
  if (!parent && parent.error().kind == ErrorKind::NotFound)
    return std::optional<Place>();
  if (!parent)
    return std::move(parent).error();
  return std::optional<Place>(Place{std::move(*parent), std::move(name)});
}

Result<void> sync(int directory) {
  return fsync(directory) == 0 ? Result<void>()
                               : errno_error(errno, "cannot make a directory durable");
}

// A restore that was killed right after an exchange left the old tree in its working directory.
Result<void> settle_leftovers(int directory, const std::string& path) {
  auto settled = clean_leftovers(directory, split_path(path).first);
  return settled ? Result<void>() : Result<void>(std::move(settled).error());
}

/// Something in a directory that the policy leaves out: running instances' disks. It is not ours to
/// take away.
Result<std::string> find_left_out(int parent,
                                  const std::string& name,
                                  const std::string& path,
                                  const Selector& selector,
                                  const SelectorState& state) {
  BACKSTAY_ASSIGN(const auto status, status_beneath(parent, name));
  if (!status)
    return std::string();
  if (!S_ISDIR(status->st_mode))
    return state.selected() || S_ISSOCK(status->st_mode) ? std::string() : path;
  BACKSTAY_ASSIGN(Descriptor opened, open_beneath(parent, name));
  const SourceDirectory directory{std::move(opened), path};
  BACKSTAY_ASSIGN(const auto names, read_names(directory));
  for (const NameInDirectory& child : names) {
    BACKSTAY_ASSIGN(std::string found,
                    find_left_out(directory.descriptor.get(), child.name, path + "/" + child.name,
                                  selector, selector.enter(state, child.name)));
    if (!found.empty())
      return found;
  }
  return std::string();
}

Result<void> refuse_left_out(const Place& place,
                             const std::string& path,
                             const ChangeContext& context) {
  if (context.selector == nullptr)
    return {};
  BACKSTAY_ASSIGN(const std::string found,
                  find_left_out(place.parent.get(), place.name, path, *context.selector,
                                context.selector->at(path)));
  if (found.empty())
    return {};
  return Error{.kind = ErrorKind::Refused,
               .message = "`" + found +
                          "` was made since, in what the policy leaves out, and would "
                          "go with `" +
                          path + "`",
               .hint = "move it away by hand, then undo again"};
}

Result<void> exchange_back(const PathExchanged& change,
                           const Place& place,
                           const ChangeContext& context,
                           Discard& discard) {
  const int parent = place.parent.get();
  const std::string aside = split_path(change.aside).second;
  BACKSTAY_ASSIGN(const FileIdentity there, identity_of(parent, place.name));
  BACKSTAY_ASSIGN(const FileIdentity kept, identity_of(parent, aside));
  if (there == change.old)
    return kept.there() ? discard.take(parent, aside) : Result<void>();
  if (kept != change.old)
    return not_as_left(change.path, change.aside);
  BACKSTAY_TRY(refuse_left_out(place, change.path, context));
  BACKSTAY_FAILPOINT("undo.exchange");
  if (!there.there())
    return move_beneath(parent, aside, parent, place.name);
  BACKSTAY_ASSIGN(const bool mount, holds_mount(parent, place.name));
  if (mount) {
    return Error{.kind = ErrorKind::Refused,
                 .message = "something is mounted in `" + change.path + "`",
                 .hint = "unmount it, then try again"};
  }
  if (renameat2(parent, aside.c_str(), parent, place.name.c_str(), RENAME_EXCHANGE) != 0) {
    if (errno != EINVAL)
      return errno_error(errno, "cannot exchange `" + change.path + "`");
    BACKSTAY_TRY(discard.take(parent, place.name));
    return move_beneath(parent, aside, parent, place.name);
  }
  BACKSTAY_FAILPOINT("undo.exchanged");
  return discard.take(parent, aside);
}

}  // namespace

Result<void> undo_change(const PathCreated& change, const ChangeContext& context) {
  BACKSTAY_ASSIGN(const auto place, open_parent(change.path));
  if (!place)
    return {};
  const int parent = place->parent.get();
  BACKSTAY_TRY(settle_leftovers(parent, change.path));
  BACKSTAY_ASSIGN(const FileIdentity there, identity_of(parent, place->name));
  Discard discard(parent, context.run_id, context.number);
  // Why also another one, where the change is whole: a service replaces its files by renaming.
  if (there.there() && (context.made || there == change.fresh)) {
    BACKSTAY_TRY(refuse_left_out(*place, change.path, context));
    BACKSTAY_TRY(discard.take(parent, place->name));
  }
  BACKSTAY_TRY(sync(parent));
  return discard.empty();
}

Result<void> undo_change(const PathExchanged& change, const ChangeContext& context) {
  BACKSTAY_ASSIGN(const auto place, open_parent(change.path));
  if (!place)
    return not_as_left(change.path, change.aside);
  const int parent = place->parent.get();
  BACKSTAY_TRY(settle_leftovers(parent, change.path));
  Discard discard(parent, context.run_id, context.number);
  BACKSTAY_TRY(exchange_back(change, *place, context, discard));
  BACKSTAY_TRY(sync(parent));
  return discard.empty();
}

Result<void> commit_change(const PathExchanged& change, const ChangeContext& context) {
  BACKSTAY_ASSIGN(const auto place, open_parent(change.aside));
  if (!place)
    return {};
  const int parent = place->parent.get();
  BACKSTAY_ASSIGN(const FileIdentity kept, identity_of(parent, place->name));
  if (!kept.there())
    return {};
  if (kept != change.old) {
    context.note("`" + change.aside + "` is not what the restore set aside: it is left alone");
    return {};
  }
  BACKSTAY_ASSIGN(const bool mount, holds_mount(parent, place->name));
  if (mount) {
    return Error{
        .kind = ErrorKind::Refused,
        .message = "something is mounted in `" + change.aside + "`: nothing of it is removed",
        .hint = "unmount it, then commit again"};
  }
  BACKSTAY_FAILPOINT("commit.remove");
  BACKSTAY_TRY(remove_beneath(parent, place->name));
  return sync(parent);
}

std::uint64_t size_aside(const std::string& path) {
  struct stat status {};

  if (lstat(path.c_str(), &status) != 0)
    return 0;
  const auto own = static_cast<std::uint64_t>(status.st_blocks) * 512;
  if (!S_ISDIR(status.st_mode))
    return own;
  auto opened = open_place(path);
  if (!opened)
    return own;
  const SourceDirectory directory{std::move(*opened), path};
  const auto names = read_names(directory);
  std::uint64_t sum = own;
  for (const NameInDirectory& child : names ? *names : std::vector<NameInDirectory>())
    sum += size_aside(path + "/" + child.name);
  return sum;
}

}  // namespace backstay::runtime
