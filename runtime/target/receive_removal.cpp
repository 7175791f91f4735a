#include "runtime/target/receive_removal.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/prune/trash.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/target/receive_protocol.hpp"

namespace backstay::runtime {
namespace {

constexpr std::size_t kHead = 3;  // backup, target, decision

std::chrono::sys_seconds seconds_now(World& world) {
  return std::chrono::floor<std::chrono::seconds>(world.clock.now());
}

Error of_another(const IncomingCopy& copy) {
  return {.kind = ErrorKind::Refused,
          .message = fmt::format("snapshot {} is not of policy {} on {}", copy.snapshot,
                                 copy.policy, copy.host)};
}

// The copies of a writer, newest first. A manifest that cannot be read stops all of it.
Result<std::vector<SnapshotSummary>> copies_of(World& world,
                                               const Store& store,
                                               const IncomingCopy& copy) {
  BACKSTAY_ASSIGN(const auto all, list_snapshots(world.files, store, {}));
  std::vector<SnapshotSummary> copies;
  for (const SnapshotSummary& one : all) {
    if (!one.problem.empty()) {
      return Error{
          .kind = ErrorKind::Refused,
          .message = fmt::format("nothing is removed: the manifest of {} cannot be read", one.id),
          .hint = "look at the store's disk there; `backstay store check` says more"};
    }
    if (one.policy == copy.policy && one.host == copy.host)
      copies.push_back(one);
  }
  return copies;
}

const SnapshotSummary* find(const std::vector<SnapshotSummary>& copies, const std::string& id) {
  const auto found = std::find_if(copies.begin(), copies.end(),
                                  [&](const SnapshotSummary& one) { return one.id == id; });
  return found == copies.end() ? nullptr : &*found;
}

// Of the same backup; the last word is the newest complete one's.
bool is_newest(const std::vector<SnapshotSummary>& copies, const SnapshotSummary& copy) {
  return std::none_of(copies.begin(), copies.end(), [&](const SnapshotSummary& one) {
    return one.backup == copy.backup && !one.partial && one.sequence > copy.sequence;
  });
}

// What lies in the trash, when it is the writer's.
Result<Tombstone> trashed(World& world, const Store& store, const IncomingCopy& copy) {
  const bool there = exists(world.files, layout::trash(store.path) + "/" + copy.snapshot);
  const auto tombstone = there ? read_tombstone(world.files, store, copy.snapshot) : std::nullopt;
  if (!tombstone) {
    return Error{.kind = ErrorKind::NotFound,
                 .message = fmt::format("no removed copy of snapshot {} lies here", copy.snapshot)};
  }
  if (tombstone->policy != copy.policy || tombstone->host != copy.host)
    return of_another(copy);
  return *tombstone;
}

}  // namespace

std::string to_text_of_removal(const Removal& removal) {
  std::string text = one_line(removal.backup) + "\n" + one_line(removal.target) + "\n" +
                     one_line(removal.decision) + "\n";
  for (const std::string& reason : removal.because)
    text += one_line(reason) + "\n";
  return text;
}

Result<std::string> list_removed(Filesystem& files,
                                 const Store& store,
                                 const std::function<bool(const std::string&)>& wanted) {
  BACKSTAY_ASSIGN(const auto names, files.list(layout::trash(store.path)));
  std::string lines;
  for (const std::string& name : names) {
    const bool ours = layout::is_plain_name(name) && layout::sequence_of(name) && wanted(name);
    if (const auto tombstone = ours ? read_tombstone(files, store, name) : std::nullopt)
      lines += name + " " + to_rfc3339(tombstone->at) + "\n";
  }
  return lines;
}

Result<void> remove_received(World& world,
                             const Store& store,
                             const IncomingCopy& copy,
                             std::string_view text) {
  const auto lines = lines_of(text);
  if (lines.size() < kHead)
    return Error{.kind = ErrorKind::BadInput, .message = "a removal without its reasons"};
  BACKSTAY_ASSIGN(const auto copies, copies_of(world, store, copy));
  const SnapshotSummary* found = find(copies, copy.snapshot);
  if (found == nullptr) {
    const bool there = exists(world.files, layout::snapshot(store.path, copy.snapshot));
    return there ? of_another(copy)
                 : Error{.kind = ErrorKind::NotFound,
                         .message = fmt::format("there is no snapshot {} here", copy.snapshot)};
  }
  if (is_newest(copies, *found)) {
    return Error{
        .kind = ErrorKind::Refused,
        .message = fmt::format("snapshot {} is the newest complete copy of backup {} here: "
                               "it stays",
                               copy.snapshot, found->backup)};
  }
  return move_to_trash(world.files, store,
                       {.policy = copy.policy,
                        .backup = found->backup,
                        .host = copy.host,
                        .target = lines[1],
                        .snapshot = copy.snapshot,
                        .because = {lines.begin() + kHead, lines.end()},
                        .decision = lines[2],
                        .at = seconds_now(world)});
}

Result<bool> reclaim_received(World& world,
                              const Store& store,
                              const IncomingCopy& copy,
                              std::chrono::seconds grace) {
  BACKSTAY_ASSIGN(const Tombstone tombstone, trashed(world, store, copy));
  BACKSTAY_ASSIGN(const auto copies, copies_of(world, store, copy));
  const auto now = seconds_now(world);
  const bool newer = std::any_of(copies.begin(), copies.end(), [&](const SnapshotSummary& one) {
    const auto started = from_rfc3339(one.started);
    return one.backup == tombstone.backup && !one.partial && started && *started > tombstone.at &&
           *started <= now;
  });
  if (!newer || now - tombstone.at <= grace)
    return false;
  BACKSTAY_TRY(remove_from_trash(world.files, store, copy.snapshot));
  return true;
}

Result<void> bring_back_received(World& world, const Store& store, const IncomingCopy& copy) {
  BACKSTAY_TRY(trashed(world, store, copy));
  return take_from_trash(world.files, store, copy.snapshot);
}

}  // namespace backstay::runtime
