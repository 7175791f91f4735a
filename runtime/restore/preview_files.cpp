#include "runtime/restore/preview_files.hpp"

#include <optional>

#include <fmt/format.h>
#include <sys/statfs.h>

#include "lang/base/units.hpp"
#include "runtime/restore/beneath.hpp"
#include "runtime/restore/live_tree.hpp"
#include "runtime/restore/obstacles.hpp"
#include "runtime/restore/restore_selection.hpp"
#include "runtime/restore/set_aside.hpp"
#include "runtime/restore/tree_difference.hpp"

namespace backstay::runtime {
namespace {

/// Whether the file system of a directory exchanges two names in one step. A probe would write, so
/// it is known by kind (renameat2(2): RENAME_EXCHANGE); nothing: not known.
std::optional<bool> exchanges(const std::string& directory) {
  struct statfs status {};

  if (statfs(directory.c_str(), &status) != 0)
    return std::nullopt;
  switch (static_cast<unsigned long>(status.f_type)) {
    case 0xEF53:      // ext2, ext3, ext4
    case 0x58465342:  // xfs
    case 0x9123683E:  // btrfs
    case 0x01021994:  // tmpfs
    case 0xF2F52010:  // f2fs
    case 0x794C7630:  // overlayfs
      return true;
    case 0x6969:      // nfs
    case 0xFF534D42:  // cifs
      return false;
    default:  // NOLINT(clang-diagnostic-switch-default): numbers of the kernel, not an enumeration
      return std::nullopt;
  }
}

std::string sized(std::uint64_t count, std::uint64_t bytes) {
  return fmt::format("{} ({})", count, to_human(ByteSize{bytes}));
}

void add_difference(const TreeDifference& difference, Preview& lines) {
  lines.push_back(
      {.text = fmt::format(
           "would change: {} new, {} changed, {} set aside without a successor, {} of other owner, "
           "mode or time; {} stay as they are",
           sized(difference.fresh, difference.fresh_bytes),
           sized(difference.changed, difference.changed_bytes),
           sized(difference.removed, difference.removed_bytes), difference.metadata,
           difference.same)});
  for (const std::string& example : difference.examples)
    lines.push_back({.text = "  " + example});
  if (difference.unknown > 0) {
    lines.push_back(
        {.unknown = true,
         .text = fmt::format("whether {} files changed: they cannot be read", difference.unknown)});
  }
}

void add_way(const std::string& destination, const LiveTree& live, Preview& lines) {
  const auto [parent, name] = split_path(destination);
  const std::string orig = orig_name(name, "RUN");  // whose id is not known yet
  if (live.wholly_selected) {
    lines.push_back({.text = fmt::format(
                         "`{}` is exchanged whole; what lives there ({} entries) is kept as `{}`",
                         destination, live.entries, orig)});
    const auto able = exchanges(parent.empty() ? "/" : parent);
    if (!able) {
      lines.push_back({.unknown = true,
                       .text = "whether its file system exchanges names in one step; else it is "
                               "absent for a moment"});
    } else if (!*able) {
      lines.push_back({.text = "its file system cannot exchange names: it is absent for a moment"});
    }
  } else {
    lines.push_back(
        {.text = fmt::format("`{}` is restored entry by entry: {} names that the policy leaves out "
                             "stay as they are; what is replaced or surplus of {} entries is kept "
                             "in `{}`",
                             destination, live.left_alone, live.entries, orig)});
  }
  for (const std::string& mount : live.mounts)
    lines.push_back({.text = "`" + mount + "` is a mount: restored in itself, never crossed"});
}

void add_obstacles(const std::string& destination, const Selector& selector, Preview& lines) {
  if (auto immutable = find_immutable(destination, selector); !immutable) {
    lines.push_back({.problem = true, .text = to_string(immutable.error())});
  } else {
    for (const std::string& path : *immutable) {
      lines.push_back(
          {.problem = true, .text = "`" + path + "` is immutable (chattr -i makes it movable)"});
    }
  }
  for (const Holder& holder : find_holders({destination}, selector)) {
    lines.push_back({.unknown = holder.writes,
                     .text = holder.writes
                                 ? describe(holder) + ": the restore fails if it still does then"
                                 : describe(holder)});
  }
}

void add_existing(const PlaceRequest& request,
                  const std::string& top,
                  const std::string& destination,
                  const Selector& selector,
                  StepContext& context,
                  Preview& lines) {
  if (!request.in_place || !request.to_directory.empty()) {
    lines.push_back(
        {.problem = true, .text = "`" + destination + "` exists: refused without --in-place"});
    return;
  }
  const auto [parent, name] = split_path(destination);
  const auto directory = open_place(parent.empty() ? "/" : parent);
  const auto live = directory ? look_at_live_tree(directory->get(), name.empty() ? "." : name,
                                                  destination, selector)
                              : Result<LiveTree>(directory.error());
  if (!live) {
    lines.push_back({.problem = true, .text = to_string(live.error())});
    return;
  }
  add_way(destination, *live, lines);
  const auto difference = compare_tree(*context.snapshot, request.files.component, top, destination,
                                       selector, CompareBy::Times, context.stop);
  if (difference) {
    add_difference(*difference, lines);
  } else {
    lines.push_back({.problem = true, .text = to_string(difference.error())});
  }
  add_obstacles(destination, selector, lines);
}

}  // namespace

Preview preview_top(const PlaceRequest& request, const std::string& top, StepContext& context) {
  const Selector selector(request.files.except, request.files.keep);
  RestoreSelection selection;
  const auto looked =
      select_entries(*context.snapshot, request.files.component, top, selector, {}, selection,
                     [](PlannedEntry&& /*planned*/) -> Result<void> { return {}; });
  if (!looked)
    return {{.problem = true, .text = to_string(looked.error())}};
  const std::string destination = destination_of(request, top);
  if (selection.entries == 0) {
    return {{.problem = !selection.component_empty,
             .text = "the snapshot holds nothing at `" + top + "`"}};
  }
  Preview lines;
  lines.push_back(
      {.text = std::to_string(selection.entries) + " entries to `" + destination + "`"});
  if (exists(context.world.files, destination))
    add_existing(request, top, destination, selector, context, lines);
  return lines;
}

}  // namespace backstay::runtime
