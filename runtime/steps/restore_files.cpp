// restore-files: the tree or file of an archive-files step, back into its place or below --to.
#include <utility>

#include "runtime/database/server_config.hpp"
#include "runtime/restore/obstacles.hpp"
#include "runtime/restore/place_files.hpp"
#include "runtime/restore/preview_files.hpp"
#include "runtime/restore/restore.hpp"
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
          .again = run.again,
          .privileged = run.request.privileged};
}

// What a program still writes to would be set aside under its hands: units are stopped by now.
Result<void> refuse_open_files(const PlaceRequest& request) {
  if (!request.in_place || !request.to_directory.empty())
    return {};
  const Selector selector(request.files.except, request.files.keep);
  std::vector<std::string> places;
  for (const std::string& top : tops_of(request))
    places.push_back(destination_of(request, top));
  return refuse_writers(find_holders(places, selector));
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
  PlaceTools tools{context.world.files, *context.snapshot, context.stop,
                   [&](std::uint64_t bytes, const std::string& item) {
                     context.events.progress(context.step.id, bytes, item);
                   },
                   context.restore->changes};
  const PlaceRequest request = request_of(action, *context.restore);
  BACKSTAY_TRY(refuse_open_files(request));
  if (configured_server(context) != nullptr && request.to_directory.empty()) {
    tools.approve = [&context](const std::string& staged, const std::string& place) {
      return check_mariadb_config(staged, place, context);
    };
  }
  PlaceOutcome outcome;
  auto placed = place_files(tools, request, outcome);
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
  Preview lines;
  for (const std::string& top : tops_of(request)) {
    Preview of_top = preview_top(request, top, context);
    lines.insert(lines.end(), of_top.begin(), of_top.end());
  }
  return lines;
}

}  // namespace backstay::runtime
