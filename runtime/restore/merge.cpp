#include "runtime/restore/merge.hpp"

#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

#include "runtime/restore/beneath.hpp"
#include "runtime/restore/live_tree.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

namespace {

using Status = std::optional<struct stat>;

// A directory on both sides; the staged one may be missing.
struct Pair {
  std::string relative;
  SelectorState state;
  Descriptor staged;
  Descriptor live;
};

class Merger {
 public:
  /// aside  null: only looks
  Merger(const Merge& merge, SetAside* aside, RestoreNotes& notes)
      : merge_(merge), aside_(aside), metadata_(notes) {}

  std::vector<MergeEntry> list;  // of a look

  Result<void> directory(const std::string& relative, const SelectorState& state) {
    BACKSTAY_ASSIGN(Descriptor live, open_beneath(merge_.live, relative));
    Pair pair{relative, state, {}, std::move(live)};
    if (auto staged = open_beneath(merge_.staged, relative)) {
      pair.staged = std::move(*staged);
    } else if (staged.error().kind != ErrorKind::NotFound) {
      return std::move(staged).error();
    }
    // Why first: once staged names have moved over, they could not be told from surplus ones.
    BACKSTAY_TRY(put_surplus_aside(pair));
    if (pair.staged.open())
      BACKSTAY_TRY(bring_staged(pair));
    return finish(pair);
  }

 private:
  static Result<std::vector<NameInDirectory>> names_of(const Descriptor& directory,
                                                       const std::string& relative) {
    BACKSTAY_ASSIGN(Descriptor again, open_beneath(directory.get(), "."));
    return read_names(SourceDirectory{std::move(again), relative});
  }

  [[nodiscard]] std::string below(const Pair& pair, const std::string& name) const {
    return pair.relative.empty() ? name : pair.relative + "/" + name;
  }

  Result<void> bring_staged(const Pair& pair) {
    BACKSTAY_ASSIGN(const auto names, names_of(pair.staged, pair.relative));
    for (const NameInDirectory& child : names) {
      const std::string relative = below(pair, child.name);
      if (merge_.mounts.contains(relative))
        continue;
      BACKSTAY_ASSIGN(const Status staged, status_beneath(pair.staged.get(), child.name));
      BACKSTAY_ASSIGN(const Status live, status_beneath(pair.live.get(), child.name));
      if (!staged)
        continue;
      const SelectorState state = merge_.selector.enter(pair.state, child.name);
      if (live && S_ISDIR(staged->st_mode) && S_ISDIR(live->st_mode)) {
        BACKSTAY_TRY(directory(relative, state));
      } else {
        BACKSTAY_TRY(replace(pair, child.name, *staged, live, state));
      }
    }
    return {};
  }

  // A node that comes new, or in the place of another kind of node.
  Result<void> replace(const Pair& pair,
                       const std::string& name,
                       const struct stat& staged,
                       const Status& live,
                       const SelectorState& state) {
    const std::string relative = below(pair, name);
    if (live)
      BACKSTAY_TRY(check_replaceable(pair, name, *live, state));
    if (aside_ == nullptr)
      return note_replacement(pair, name, live.has_value());
    BACKSTAY_FAILPOINT("restore.entry");
    if (live && !S_ISDIR(staged.st_mode) && !S_ISDIR(live->st_mode)) {
      BACKSTAY_ASSIGN(const bool kept, aside_->keep(pair.live.get(), name, relative));
      if (kept) {
        BACKSTAY_FAILPOINT("restore.entry.kept");
        if (renameat(pair.staged.get(), name.c_str(), pair.live.get(), name.c_str()) == 0)
          return {};
        return errno_error(errno, "cannot replace `" + merge_.path + "/" + relative + "`");
      }
    }
    if (live)
      BACKSTAY_TRY(aside_->move(pair.live.get(), name, relative));
    return move_beneath(pair.staged.get(), name, pair.live.get(), name);
  }

  Result<void> note_replacement(const Pair& pair, const std::string& name, bool live) {
    MergeEntry entry{.action = live ? MergeAction::Replaced : MergeAction::Created,
                     .path = below(pair, name)};
    BACKSTAY_ASSIGN(entry.fresh, identity_of(pair.staged.get(), name));
    list.push_back(std::move(entry));
    return {};
  }

  // What lives there may go only if all of it is ours to replace.
  Result<void> check_replaceable(const Pair& pair,
                                 const std::string& name,
                                 const struct stat& live,
                                 const SelectorState& state) const {
    const std::string path = merge_.path + "/" + below(pair, name);
    bool ours = state.selected();
    if (ours && S_ISDIR(live.st_mode)) {
      BACKSTAY_ASSIGN(const LiveTree tree,
                      look_at_live_tree(pair.live.get(), name, path, merge_.selector));
      ours = tree.wholly_selected;
    }
    if (ours)
      return {};
    return Error{.kind = ErrorKind::Refused,
                 .message = "`" + path +
                            "` is of another kind in the snapshot, and what lives there now is "
                            "partly left out of it",
                 .hint = "move it away by hand, or restore with --to"};
  }

  Result<void> put_surplus_aside(const Pair& pair) {
    BACKSTAY_ASSIGN(const auto names, names_of(pair.live, pair.relative));
    for (const NameInDirectory& child : names) {
      const std::string relative = below(pair, child.name);
      if (merge_.mounts.contains(relative) || merge_.settled.contains(relative))
        continue;
      if (pair.staged.open()) {
        BACKSTAY_ASSIGN(const Status staged, status_beneath(pair.staged.get(), child.name));
        if (staged)
          continue;
      }
      BACKSTAY_TRY(surplus(pair, child.name, relative));
    }
    return {};
  }

  Result<void> surplus(const Pair& pair, const std::string& name, const std::string& relative) {
    const SelectorState state = merge_.selector.enter(pair.state, name);
    BACKSTAY_ASSIGN(const Status live, status_beneath(pair.live.get(), name));
    // A socket is in no snapshot; its program would miss it.
    if (!live || S_ISSOCK(live->st_mode))
      return {};
    if (!state.selected()) {
      const bool look = S_ISDIR(live->st_mode) && merge_.selector.may_select_below(state);
      return look ? directory(relative, state) : Result<void>();
    }
    if (S_ISDIR(live->st_mode)) {
      BACKSTAY_ASSIGN(
          const LiveTree tree,
          look_at_live_tree(pair.live.get(), name, merge_.path + "/" + relative, merge_.selector));
      if (!tree.wholly_selected)
        return directory(relative, state);
    }
    if (aside_ != nullptr)
      return aside_->move(pair.live.get(), name, relative);
    list.push_back({.action = MergeAction::Surplus, .path = relative});
    return {};
  }

  Result<void> finish(const Pair& pair) {
    const auto found = merge_.directories.find(pair.relative);
    if (found == merge_.directories.end())
      return {};
    if (aside_ == nullptr) {
      MergeEntry directory{.action = MergeAction::Directory, .path = pair.relative};
      BACKSTAY_ASSIGN(directory.directory, read_directory_metadata(pair.live.get()));
      list.push_back(std::move(directory));
      return {};
    }
    const Entry& entry = *found->second;

    struct stat status {};

    if (fstat(pair.live.get(), &status) != 0)
      return errno_error(errno, "cannot look at `" + merge_.path + "`");
    if ((status.st_mode & 07777U) != entry.mode || status.st_uid != entry.uid ||
        status.st_gid != entry.gid) {
      BACKSTAY_TRY(aside_->note_directory(pair.relative));
    }
    return metadata_.apply(pair.live.get(), entry);
  }

  const Merge& merge_;
  SetAside* aside_;
  MetadataWriter metadata_;
};

}  // namespace

Result<std::vector<MergeEntry>> Merge::look() const {
  RestoreNotes none;
  Merger looking(*this, nullptr, none);
  BACKSTAY_TRY(looking.directory({}, selector.at(path)));
  return std::move(looking.list);
}

Result<void> Merge::run(SetAside& aside, RestoreNotes& notes) const {
  return Merger(*this, &aside, notes).directory({}, selector.at(path));
}

}  // namespace backstay::runtime
