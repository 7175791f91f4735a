#include "runtime/steps/take_receipts.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/store/records.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/target/copy_to_target.hpp"

namespace backstay::runtime {
namespace {

/// The targets to which somebody copies on from this one.
std::set<std::string> further_targets(const std::string& target, const StepContext& context) {
  std::set<std::string> names;
  for (const plan::Copy& copy : context.backup.copies) {
    for (const plan::Step& step : copy.steps) {
      const auto* on = std::get_if<plan::CopySnapshot>(&step.action);
      if (on != nullptr && !step.source_host.empty() && on->source == target)
        names.insert(on->target);
    }
  }
  return names;
}

bool is_known(Filesystem& files,
              const Store& source,
              const std::string& snapshot,
              const std::string& target) {
  const auto receipts = read_receipts(files, source, snapshot);
  return receipts && std::any_of(receipts->begin(), receipts->end(),
                                 [&](const Receipt& one) { return one.target == target; });
}

/// Own snapshots that are there, and of which a receipt of one of the further targets is not known.
std::vector<std::string> unknown_of(const Store& source,
                                    const std::vector<std::string>& there,
                                    const std::set<std::string>& further,
                                    StepContext& context) {
  const auto here = list_snapshots(
      context.world.files, source,
      {.policy = context.plan.policy, .backup = context.backup.name, .host = context.step.host});
  std::vector<std::string> ids;
  for (const SnapshotSummary& one : here ? *here : std::vector<SnapshotSummary>()) {
    const bool copied = one.problem.empty() && !one.partial &&
                        std::find(there.begin(), there.end(), one.id) != there.end();
    if (copied && std::any_of(further.begin(), further.end(), [&](const std::string& target) {
          return !is_known(context.world.files, source, one.id, target);
        }))
      ids.push_back(one.id);
  }
  return ids;
}

Result<void> take(TargetDriver& driver,
                  const Store& source,
                  const std::vector<std::string>& ids,
                  const std::set<std::string>& further,
                  const std::string& through,
                  StepContext& context) {
  BACKSTAY_ASSIGN(const auto receipts, driver.receipts(ids, context.stop));
  for (const ReceiptThere& one : receipts) {
    nlohmann::json json = nlohmann::json::parse(one.json, nullptr, false);
    const bool asked = std::find(ids.begin(), ids.end(), one.snapshot) != ids.end();
    if (!asked || !json.is_object() || !json.contains("target") || !json["target"].is_string())
      continue;
    const std::string target = json["target"].get<std::string>();
    if (!further.contains(target) || is_known(context.world.files, source, one.snapshot, target))
      continue;
    json["through"] = through;
    BACKSTAY_TRY(write_record(context.world.files, source, one.snapshot, "receipt", json.dump()));
  }
  return {};
}

}  // namespace

void take_receipts(TargetDriver& driver,
                   const Store& source,
                   const std::vector<std::string>& there,
                   const std::string& target,
                   StepContext& context) {
  const auto further = further_targets(target, context);
  if (further.empty())
    return;
  const auto ids = unknown_of(source, there, further, context);
  const auto taken =
      ids.empty() ? Result<void>() : take(driver, source, ids, further, target, context);
  if (!taken) {
    context.events.warning(
        context.step.id, "what was copied on from there is not known: " + to_string(taken.error()));
  }
}

}  // namespace backstay::runtime
