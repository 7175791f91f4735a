// mirror-tree: one current copy of a tree, proven at the far side.
#include <algorithm>

#include <fmt/format.h>

#include "lang/base/units.hpp"
#include "runtime/mirror/mirror.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {
namespace {

const plan::Target& target_of(const plan::MirrorTree& action, const StepContext& context) {
  const plan::Target* target = context.plan.target(action.target);
  BACKSTAY_CHECK(target != nullptr, "plan::verify proves that the target exists");
  return *target;
}

MirrorRequest request_of(const plan::MirrorTree& action, const StepContext& context) {
  return {.policy = context.plan.policy,
          .host = context.step.host,
          .service = action.service,
          .path = action.path,
          .memory = fmt::format("{}/mirrored/{}.{}.json", context.world.directories.state,
                                context.plan.policy, context.step.id),
          .removes = target_of(action, context).deletable_by.empty()};
}

std::string names_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 10;
  std::string text;
  for (std::size_t at = 0; at < std::min(kShown, names.size()); ++at)
    text += (at == 0 ? "" : ", ") + escape_control_bytes(names[at]);
  return names.size() > kShown ? fmt::format("{} and {} more", text, names.size() - kShown) : text;
}

}  // namespace

Result<void> execute(const plan::MirrorTree& action, StepContext& context) {
  BACKSTAY_ASSIGN(const FarPlace place,
                  FarPlace::of_target(context.world, context.plan, target_of(action, context)));
  const auto progress = [&](std::uint64_t bytes) {
    context.events.progress(context.step.id, bytes, action.target);
  };
  BACKSTAY_ASSIGN(
      const MirrorOutcome outcome,
      mirror_tree(context.world, place, request_of(action, context), progress, context.stop));
  context.events.progress(context.step.id, outcome.moved_bytes, action.target);
  for (const std::string& warning : outcome.warnings)
    context.events.warning(context.step.id, warning);
  if (!outcome.removed.empty()) {
    context.events.warning(context.step.id,
                           fmt::format("removed from {}, gone here for {} days: {}", action.target,
                                       kMirrorGrace.count(), names_of(outcome.removed)));
  }
  return {};
}

Preview preview(const plan::MirrorTree& action, StepContext& context) {
  const auto place = FarPlace::of_target(context.world, context.plan, target_of(action, context));
  if (!place)
    return {{.problem = true, .text = to_string(place.error())}};
  const auto outcome =
      preview_mirror(context.world, *place, request_of(action, context), context.stop);
  if (!outcome)
    return {{.problem = true, .text = to_string(outcome.error())}};
  Preview lines{{.text = fmt::format("mirrors {} files of {} to {}: {} are new or changed, {}",
                                     outcome->files, action.path, place->describe(),
                                     outcome->new_files, to_human(ByteSize{outcome->new_bytes}))}};
  if (!outcome->gone.empty())
    lines.push_back({.text = fmt::format("keeps there for now what is gone here: {}",
                                         names_of(outcome->gone))});
  if (!outcome->removed.empty())
    lines.push_back({.text = fmt::format("removes there, gone here for more than {} days: {}",
                                         kMirrorGrace.count(), names_of(outcome->removed))});
  if (!outcome->replaced_removed.empty())
    lines.push_back(
        {.text = fmt::format("removes there what changed files were before: replaced/{}",
                             names_of(outcome->replaced_removed))});
  for (const std::string& warning : outcome->warnings)
    lines.push_back({.text = warning});
  return lines;
}

}  // namespace backstay::runtime
