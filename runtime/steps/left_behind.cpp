#include "runtime/steps/left_behind.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/store/store_list.hpp"

namespace backstay::runtime {
namespace {

bool has_own_schedule(const StepContext& context) {
  return std::any_of(
      context.backup.copies.begin(), context.backup.copies.end(), [&](const plan::Copy& copy) {
        return !copy.schedule.empty() &&
               std::any_of(copy.steps.begin(), copy.steps.end(),
                           [&](const plan::Step& step) { return step.id == context.step.id; });
      });
}

}  // namespace

Result<std::vector<std::string>> left_behind(const Store& source,
                                             const CopiesThere& there,
                                             StepContext& context,
                                             const std::string& host,
                                             const std::string& except) {
  BACKSTAY_ASSIGN(
      const auto here,
      list_snapshots(context.world.files, source,
                     {.policy = context.plan.policy, .backup = context.backup.name, .host = host}));
  const auto is_there = [&](const std::string& id) {
    return std::find(there.ids.begin(), there.ids.end(), id) != there.ids.end();
  };
  const bool own_pace = has_own_schedule(context);
  std::vector<std::string> ids;
  for (const SnapshotSummary& one : here) {  // newest first
    if (!one.problem.empty() || one.partial || one.id == except)
      continue;
    const bool copied = is_there(one.id);
    if (copied && there.proven(one.id))
      break;
    if (copied || (!own_pace && !there.ids.empty()))
      ids.push_back(one.id);
  }
  const bool some = std::any_of(here.begin(), here.end(),
                                [&](const SnapshotSummary& one) { return is_there(one.id); });
  if (!some)
    ids.clear();
  std::reverse(ids.begin(), ids.end());
  return ids;
}

bool is_of_one_snapshot(const Error& error) {
  return error.kind == ErrorKind::Verification || error.kind == ErrorKind::NotFound ||
         error.kind == ErrorKind::BadInput;
}

void warn_left_behind(StepContext& context, const std::string& id, const Error& error) {
  context.events.warning(
      context.step.id,
      fmt::format("the copy of the earlier snapshot {} is left behind: {}", id, to_string(error)));
}

}  // namespace backstay::runtime
