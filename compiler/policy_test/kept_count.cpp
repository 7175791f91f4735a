#include "compiler/policy_test/kept_count.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "compiler/simulate/simulate_target.hpp"

namespace backstay::compiler {

Result<std::size_t> count_kept(const plan::Plan& plan,
                               const plan::Backup& backup,
                               const std::string& target,
                               Duration after) {
  BACKSTAY_ASSIGN(const Zone zone, Zone::find(plan.zone.empty() ? "UTC" : plan.zone));
  const Horizon horizon{
      .length = std::chrono::ceil<std::chrono::days>(std::chrono::seconds(after.seconds)) +
                std::chrono::days(1)};
  BACKSTAY_ASSIGN(const auto targets, simulate_targets(plan, backup, horizon, Duration{-1}));
  const auto found = std::find_if(targets.begin(), targets.end(),
                                  [&](const SimulatedTarget& one) { return one.target == target; });
  if (found == targets.end()) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = fmt::format("backup {} goes to {}", backup.name, backup.target)};
  }
  if (found->rule.empty()) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = fmt::format("backup {} runs by hand only", backup.name)};
  }
  const auto end = zone.to_instant(horizon.begin).at + std::chrono::seconds(after.seconds);
  std::size_t points = 0;
  for (const SimulatedRun& run : found->runs) {
    points = run.fire.at <= end ? run.points : points;
  }
  return points;
}

}  // namespace backstay::compiler
