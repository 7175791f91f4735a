// restore-files: the tree or file of an archive-files step, back into its place or below --to.
#include <utility>

#include "runtime/restore/beneath.hpp"
#include "runtime/restore/live_tree.hpp"
#include "runtime/restore/place_files.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/restore/restore_selection.hpp"
#include "runtime/restore/set_aside.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/store/snapshot_reader.hpp"

namespace backstay::runtime {

namespace {

PlaceRequest request_of(const plan::RestoreFiles& action, const RestoreRun& run) {
  return {.files = action,
          .paths = run.request.paths,
          .to_directory = run.request.to_directory,
          .in_place = run.request.in_place,
          .run_id = run.run_id,
          .privileged = run.request.privileged};
}

// A top that lives: what would be replaced, set aside and left alone.
void preview_existing(const PlaceRequest& request,
                      const std::string& top,
                      const std::string& destination,
                      Preview& lines) {
  if (!request.in_place || !request.to_directory.empty()) {
    lines.push_back(
        {.problem = true, .text = "`" + destination + "` exists: refused without --in-place"});
    return;
  }
  const Selector selector(request.files.except, request.files.keep);
  const auto [parent, name] = split_path(destination);
  const auto directory = open_place(parent.empty() ? "/" : parent);
  auto live = directory
                  ? look_at_live_tree(directory->get(), name.empty() ? "." : name, top, selector)
                  : Result<LiveTree>(directory.error());
  if (!live) {
    lines.push_back({.problem = true, .text = to_string(live.error())});
    return;
  }
  const std::string orig = orig_name(name, "RUN");
  if (live->wholly_selected) {
    lines.push_back({.text = "`" + destination + "` is exchanged whole; what lives there (" +
                             std::to_string(live->entries) + " entries) is kept as `" + orig +
                             "`"});
    return;
  }
  lines.push_back(
      {.text =
           "`" + destination + "` is restored entry by entry: " + std::to_string(live->left_alone) +
           " names that the policy leaves out stay as they are; what is replaced or surplus of " +
           std::to_string(live->entries) + " entries is kept in `" + orig + "`"});
  for (const std::string& mount : live->mounts) {
    lines.push_back({.text = "`" + mount + "` is a mount: restored in itself, never crossed"});
  }
}

}  // namespace

Result<void> execute(const plan::RestoreFiles& action, StepContext& context) {
  BACKSTAY_CHECK(context.snapshot != nullptr && context.restore != nullptr,
                 "a restore has a snapshot");
  if (!context.restore->components.contains(action.component))
    return {};
  if (context.snapshot->component(action.component) == nullptr) {
    return Error{.kind = ErrorKind::NotFound,
                 .message = "snapshot `" + context.snapshot->id() + "` does not hold `" +
                            action.component + "`"};
  }
  const PlaceTools tools{context.world.files, *context.snapshot, context.stop,
                         [&](std::uint64_t bytes, const std::string& item) {
                           context.events.progress(context.step.id, bytes, item);
                         }};
  PlaceOutcome outcome;
  auto placed = place_files(tools, request_of(action, *context.restore), outcome);
  for (const std::string& note : outcome.notes)
    context.events.warning(context.step.id, note);
  context.restore->kept.insert(context.restore->kept.end(), outcome.kept.begin(),
                               outcome.kept.end());
  return placed;
}

Preview preview(const plan::RestoreFiles& action, StepContext& context) {
  if (!context.restore->components.contains(action.component))
    return {};
  const PlaceRequest request = request_of(action, *context.restore);
  const Selector selector(action.except, action.keep);
  Preview lines;
  for (const std::string& top : tops_of(request)) {
    RestoreSelection selection;
    const auto looked =
        select_entries(*context.snapshot, action.component, top, selector, {}, selection,
                       [](PlannedEntry&& /*planned*/) -> Result<void> { return {}; });
    if (!looked) {
      lines.push_back({.problem = true, .text = to_string(looked.error())});
      continue;
    }
    const std::string destination = destination_of(request, top);
    if (selection.entries == 0) {
      lines.push_back({.problem = !selection.component_empty,
                       .text = "the snapshot holds nothing at `" + top + "`"});
      continue;
    }
    lines.push_back(
        {.text = std::to_string(selection.entries) + " entries to `" + destination + "`"});
    if (exists(context.world.files, destination))
      preview_existing(request, top, destination, lines);
  }
  return lines;
}

}  // namespace backstay::runtime
