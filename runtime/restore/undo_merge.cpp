// The way back of a restore entry by entry: what is on its list, and nothing else.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <set>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/restore/discard.hpp"
#include "runtime/restore/merge_list.hpp"
#include "runtime/restore/undo_files.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

/// The directory that holds NAME of both trees; closed where it is not there.
struct Parents {
  Descriptor live;
  Descriptor aside;
  std::string name;
};

Result<Descriptor> open_if_there(int root, const std::string& path) {
  if (root < 0)
    return Descriptor();
  auto opened = open_beneath(root, path);
  if (!opened && opened.error().kind == ErrorKind::NotFound)
    return Descriptor();
  return opened;
}

class MergeUndo {
 public:
  MergeUndo(const TreeMerged& change, const ChangeContext& context)
      : change_(change), context_(context) {}

  Result<void> open() {
    const auto [above, name] = split_path(change_.aside);
    BACKSTAY_ASSIGN(base_, open_place(above.empty() ? "/" : above));
    BACKSTAY_ASSIGN(live_, open_place(change_.path));
    BACKSTAY_ASSIGN(aside_, open_if_there(base_.get(), name));
    BACKSTAY_ASSIGN(const std::string text, context_.read_kept(change_.list));
    BACKSTAY_ASSIGN(entries_, parse_merge_list(text));
    return {};
  }

  Result<void> undo() {
    Discard discard(base_.get(), context_.run_id, context_.number);
    for (const MergeEntry& entry : entries_) {
      if (entry.action == MergeAction::Created) {
        BACKSTAY_TRY(take_away(entry, discard));
      } else if (entry.action != MergeAction::Directory) {
        BACKSTAY_TRY(put_back(entry, discard));
      }
    }
    // Last: what was moved above has changed their times. Deepest first, as they were listed.
    for (const MergeEntry& entry : entries_) {
      if (entry.action != MergeAction::Directory)
        continue;
      BACKSTAY_ASSIGN(const Descriptor directory, open_if_there(live_.get(), entry.path));
      if (directory.open())
        BACKSTAY_TRY(put_directory_metadata(directory.get(), entry.directory));
    }
    if (syncfs(live_.get()) != 0)
      return errno_error(errno, "cannot make `" + change_.path + "` durable");
    BACKSTAY_TRY(remove_empty());
    return discard.empty();
  }

  Result<void> commit() {
    for (const MergeEntry& entry : entries_) {
      if (entry.action != MergeAction::Replaced && entry.action != MergeAction::Surplus)
        continue;
      const auto [above, name] = split_path(entry.path);
      BACKSTAY_ASSIGN(const Descriptor parent, open_if_there(aside_.get(), above));
      if (!parent.open())
        continue;
      BACKSTAY_ASSIGN(const bool mount, holds_mount(parent.get(), name));
      if (mount) {
        return Error{
            .kind = ErrorKind::Refused,
            .message = "something is mounted in `" + change_.aside + "/" + entry.path + "`",
            .hint = "unmount it, then commit again"};
      }
      BACKSTAY_FAILPOINT("commit.remove-entry");
      BACKSTAY_TRY(remove_beneath(parent.get(), name));
    }
    return remove_empty();
  }

 private:
  Result<Parents> parents(const std::string& path) {
    auto [above, name] = split_path(path);
    Parents found{{}, {}, std::move(name)};
    BACKSTAY_ASSIGN(found.live, open_if_there(live_.get(), above));
    BACKSTAY_ASSIGN(found.aside, open_if_there(aside_.get(), above));
    return found;
  }

  // The old one is aside: it takes its place again. Is it not, then it never left or is back.
  Result<void> put_back(const MergeEntry& entry, Discard& discard) {
    BACKSTAY_ASSIGN(const Parents at, parents(entry.path));
    if (!at.aside.open())
      return {};
    BACKSTAY_ASSIGN(const auto kept, status_beneath(at.aside.get(), at.name));
    if (!kept)
      return {};
    if (!at.live.open()) {
      return Error{.kind = ErrorKind::Refused,
                   .message = "the directory of `" + change_.path + "/" + entry.path + "` is gone",
                   .hint = "make it again, then undo again"};
    }
    BACKSTAY_ASSIGN(const auto there, status_beneath(at.live.get(), at.name));
    BACKSTAY_FAILPOINT("undo.entry");
    if (there && there->st_ino == kept->st_ino && !S_ISDIR(kept->st_mode)) {
      return unlinkat(at.aside.get(), at.name.c_str(), 0) == 0
                 ? Result<void>()
                 : errno_error(errno, "cannot remove `" + change_.aside + "/" + entry.path + "`");
    }
    if (there && !S_ISDIR(there->st_mode) && !S_ISDIR(kept->st_mode)) {
      return renameat(at.aside.get(), at.name.c_str(), at.live.get(), at.name.c_str()) == 0
                 ? Result<void>()
                 : errno_error(errno, "cannot put back `" + change_.path + "/" + entry.path + "`");
    }
    if (there)
      BACKSTAY_TRY(discard.take(at.live.get(), at.name));
    return move_beneath(at.aside.get(), at.name, at.live.get(), at.name);
  }

  Result<void> take_away(const MergeEntry& entry, Discard& discard) {
    BACKSTAY_ASSIGN(const Parents at, parents(entry.path));
    if (!at.live.open())
      return {};
    BACKSTAY_ASSIGN(const FileIdentity there, identity_of(at.live.get(), at.name));
    if (!there.there() || (!context_.made && there != entry.fresh))
      return {};
    return discard.take(at.live.get(), at.name);
  }

  // Directories of ours that are empty now; a thing that is not on the list keeps its own.
  Result<void> remove_empty() {
    if (!aside_.open())
      return {};
    std::set<std::string> directories;
    for (const MergeEntry& entry : entries_) {
      std::string above =
          entry.action == MergeAction::Directory ? entry.path : split_path(entry.path).first;
      for (; !above.empty(); above = split_path(above).first)
        directories.insert(above);
    }
    for (auto path = directories.rbegin(); path != directories.rend(); ++path) {
      const auto [above, name] = split_path(*path);
      BACKSTAY_ASSIGN(const Descriptor parent, open_if_there(aside_.get(), above));
      if (parent.open())
        (void)unlinkat(parent.get(), name.c_str(), AT_REMOVEDIR);
    }
    if (unlinkat(base_.get(), split_path(change_.aside).second.c_str(), AT_REMOVEDIR) != 0 &&
        errno == ENOTEMPTY) {
      context_.note("`" + change_.aside + "` holds things that no restore put there: it stays");
    }
    return fsync(base_.get()) == 0 ? Result<void>()
                                   : errno_error(errno, "cannot make a directory durable");
  }

  const TreeMerged& change_;
  const ChangeContext& context_;
  Descriptor base_;
  Descriptor live_;
  Descriptor aside_;
  std::vector<MergeEntry> entries_;
};

}  // namespace

Result<void> undo_change(const TreeMerged& change, const ChangeContext& context) {
  MergeUndo undo(change, context);
  BACKSTAY_TRY(undo.open());
  return undo.undo();
}

Result<void> commit_change(const TreeMerged& change, const ChangeContext& context) {
  MergeUndo undo(change, context);
  BACKSTAY_TRY(undo.open());
  return undo.commit();
}

}  // namespace backstay::runtime
