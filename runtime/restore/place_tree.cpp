#include "runtime/restore/place_tree.hpp"

#include <cerrno>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "runtime/restore/merge.hpp"
#include "runtime/restore/set_aside.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

std::string below(const std::string& directory, const std::string& name) {
  return directory + (directory.ends_with('/') ? "" : "/") + name;
}

Result<void> sync(const TreePlace& place) {
  if (fsync(place.parent.get()) == 0)
    return {};
  return errno_error(errno, "cannot make `" + place.parent_path + "` durable");
}

class Placer {
 public:
  Placer(const Placing& placing, const TreePlace& place, const LiveTree& live, ExtractedTree& tree)
      : placing_(placing), place_(place), live_(live), tree_(tree) {}

  Result<void> run() {
    if (!place_.status)
      return create();
    if (placing_.approve) {
      BACKSTAY_TRY(placing_.approve(staged_path(), place_.path));
    }
    return exchanged_whole(place_, live_) ? exchange() : merge();
  }

 private:
  // For other programs: a path that leads to the tree whatever lies above it.
  [[nodiscard]] std::string staged_path() const {
    return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(tree_.work.descriptor()) +
           "/" + kNewTree;
  }

  Result<void> note(const Change& change) {
    if (placing_.changes != nullptr) {
      BACKSTAY_ASSIGN(number_, placing_.changes->about_to(change));
    }
    return {};
  }

  Result<void> made() {
    return placing_.changes == nullptr ? Result<void>() : placing_.changes->made(number_);
  }

  // What is noted and did not come about: there is nothing to undo.
  Error not_made(Error error) {
    if (placing_.changes != nullptr)
      (void)placing_.changes->taken_back(number_);
    return error;
  }

  Result<void> create() {
    BACKSTAY_ASSIGN(const FileIdentity fresh, identity_of(tree_.work.descriptor(), kNewTree));
    BACKSTAY_TRY(note(PathCreated{placing_.request.files.component, place_.path, fresh}));
    BACKSTAY_FAILPOINT("restore.place");
    auto moved = move_beneath(tree_.work.descriptor(), kNewTree, place_.parent.get(), place_.name);
    if (!moved)
      return not_made(std::move(moved).error());
    BACKSTAY_TRY(sync(place_));
    return made();
  }

  Result<void> exchange() {
    BACKSTAY_ASSIGN(
        const std::string orig,
        free_name(place_.parent.get(), orig_name(place_.name, placing_.request.run_id)));
    PathExchanged change{.component = placing_.request.files.component,
                         .path = place_.path,
                         .aside = below(place_.parent_path, orig)};
    BACKSTAY_ASSIGN(change.old, identity_of(place_.parent.get(), place_.name));
    BACKSTAY_ASSIGN(change.fresh, identity_of(tree_.work.descriptor(), kNewTree));
    BACKSTAY_TRY(note(change));
    BACKSTAY_TRY(tree_.work.announce_exchange(orig));
    BACKSTAY_FAILPOINT("restore.exchange");
    if (renameat2(tree_.work.descriptor(), kNewTree, place_.parent.get(), place_.name.c_str(),
                  RENAME_EXCHANGE) != 0) {
      if (errno != EINVAL)
        return not_made(errno_error(errno, "cannot exchange `" + place_.path + "`"));
      return rename_twice(orig);
    }
    BACKSTAY_FAILPOINT("restore.exchanged");
    BACKSTAY_TRY(move_beneath(tree_.work.descriptor(), kNewTree, place_.parent.get(), orig));
    placing_.outcome.kept.push_back(change.aside);
    BACKSTAY_TRY(sync(place_));
    return made();
  }

  // For file systems that cannot exchange.
  Result<void> rename_twice(const std::string& orig) {
    const int parent = place_.parent.get();
    auto moved = move_beneath(parent, place_.name, parent, orig);
    if (!moved)
      return not_made(std::move(moved).error());
    placing_.outcome.kept.push_back(below(place_.parent_path, orig));
    BACKSTAY_FAILPOINT("restore.rename-twice");
    BACKSTAY_TRY(move_beneath(tree_.work.descriptor(), kNewTree, parent, place_.name));
    BACKSTAY_TRY(sync(place_));
    return made();
  }

  Result<void> merge() {
    if (!tree_.of_directory) {
      return Error{
          .kind = ErrorKind::Refused,
          .message =
              "`" + place_.path +
              "` is a directory that the snapshot does not wholly cover, and no directory in it",
          .hint = "move it away by hand, or restore with --to"};
    }
    BACKSTAY_ASSIGN(const Descriptor staged, open_beneath(tree_.work.descriptor(), kNewTree));
    BACKSTAY_ASSIGN(const Descriptor live, open_beneath(place_.parent.get(), place_.name));
    const Merge merging = merge_of(staged.get(), live.get());
    BACKSTAY_ASSIGN(const std::vector<MergeEntry> list, merging.look());
    return merge_noted(merging, list, live.get());
  }

  Merge merge_of(int staged, int live) {
    Merge merging{.staged = staged,
                  .live = live,
                  .path = place_.path == "/" ? "" : place_.path,
                  .selector = placing_.selector,
                  .settled = std::move(tree_.settled)};
    for (const std::string& mount : live_.mounts)
      merging.mounts.insert(mount.substr(merging.path.size() + 1));
    const std::string top = std::string(kNewTree);
    for (const PlannedEntry& planned : tree_.directories) {
      merging.directories.emplace(planned.place == top ? "" : planned.place.substr(top.size() + 1),
                                  &planned.entry);
    }
    return merging;
  }

  Result<void> merge_noted(const Merge& merging, const std::vector<MergeEntry>& list, int live) {
    const std::string& run = placing_.request.run_id;
    const std::string wanted = place_.mount ? ".backstay-orig-" + run : orig_name(place_.name, run);
    BACKSTAY_ASSIGN(const std::string name, free_name(tree_.base, wanted));
    const std::string above = place_.mount ? place_.path : place_.parent_path;
    if (placing_.changes != nullptr) {
      TreeMerged change{.component = placing_.request.files.component,
                        .path = place_.path,
                        .aside = below(above, name)};
      BACKSTAY_ASSIGN(change.list, placing_.changes->keep("merge.jsonl", to_text(list)));
      BACKSTAY_TRY(note(change));
    }
    BACKSTAY_FAILPOINT("restore.merge");
    SetAside aside(tree_.base, above, name, live);
    auto merged = merging.run(aside, placing_.notes);
    if (aside.used())
      placing_.outcome.kept.push_back(aside.path());
    BACKSTAY_TRY(std::move(merged));
    if (syncfs(live) != 0)
      return errno_error(errno, "cannot make `" + place_.path + "` durable");
    return made();
  }

  const Placing& placing_;
  const TreePlace& place_;
  const LiveTree& live_;
  ExtractedTree& tree_;
  std::size_t number_ = 0;
};

}  // namespace

bool exchanged_whole(const TreePlace& place, const LiveTree& live) {
  return !place.mount && live.wholly_selected;
}

Result<void> place_tree(const Placing& placing,
                        const TreePlace& place,
                        const LiveTree& live,
                        ExtractedTree tree) {
  return Placer(placing, place, live, tree).run();
}

}  // namespace backstay::runtime
