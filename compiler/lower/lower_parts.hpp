// One function for each element of a policy that a plan repeats.
#pragma once

#include "compiler/lower/data_steps.hpp"
#include "compiler/model/policy.hpp"
#include "compiler/plan/plan.hpp"

namespace backstay::compiler {

[[nodiscard]] std::vector<plan::Host> lower_hosts(const Policy& policy);
[[nodiscard]] std::vector<plan::Server> lower_servers(const Policy& policy);
[[nodiscard]] std::vector<plan::Target> lower_targets(const Policy& policy);
[[nodiscard]] std::vector<plan::Schedule> lower_schedules(const Policy& policy);
[[nodiscard]] plan::Retention lower_retention(const Retention& from);
[[nodiscard]] std::vector<plan::Retention> lower_retentions(const Policy& policy);
/// What is promised for each service, sorted by service, then by promise. For a policy that has
/// passed its checks.
[[nodiscard]] std::vector<plan::Promise> lower_promises(const Policy& policy);
/// In starting order.
[[nodiscard]] std::vector<plan::Service> lower_services(const Policy& policy);
/// One backup with its two graphs.
[[nodiscard]] plan::Backup lower_backup(const Policy& policy,
                                        const CaptureOrder& order,
                                        const Backup& backup);

/// Name of what a reference means; empty for none.
template <typename Item>
[[nodiscard]] std::string name_of(const std::vector<Item>& items,
                                  const std::optional<Reference>& reference) {
  return reference ? items[reference->value].name : std::string();
}

/// The value, or an empty one.
template <typename Value>
[[nodiscard]] Value value_of(const std::optional<Located<Value>>& located) {
  return located ? located->value : Value{};
}

}  // namespace backstay::compiler
