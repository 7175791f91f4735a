// One function for each element of a policy that a plan repeats.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/check/judged_promise.hpp"
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
/// What is promised for each service and the verdict of the checks, sorted by service, then by
/// promise.
[[nodiscard]] std::vector<plan::Promise> lower_promises(const Policy& policy,
                                                        const std::vector<JudgedPromise>& judged);
/// In starting order.
[[nodiscard]] std::vector<plan::Service> lower_services(const Policy& policy);
[[nodiscard]] std::vector<plan::Site> lower_sites(const Policy& policy);
/// Those that something else in a plan names.
[[nodiscard]] std::vector<plan::Secret> lower_secrets(const Policy& policy);
[[nodiscard]] std::vector<plan::Key> lower_keys(const Policy& policy);
[[nodiscard]] std::vector<plan::Notify> lower_notifies(const Policy& policy);
[[nodiscard]] std::vector<plan::Moved> lower_moved(const Policy& policy);
[[nodiscard]] std::vector<plan::Suppression> lower_suppressions(const Policy& policy);
/// The step of a hook: `before-backup` and its kin.
[[nodiscard]] NewStep hook_step(const Policy& policy,
                                const Service& service,
                                std::string_view moment,
                                const HookFact& hook,
                                Index host);
/// One backup with its graphs.
[[nodiscard]] plan::Backup lower_backup(const Policy& policy,
                                        const CaptureOrder& order,
                                        const Backup& backup);

/// A restore of some services into a sandbox, with what must be found there.
[[nodiscard]] plan::Drill lower_drill(const Policy& policy,
                                      const CaptureOrder& order,
                                      const Drill& drill);

/// Name of what a reference means; empty for none.
template <typename Item>
[[nodiscard]] std::string name_of(const std::vector<Item>& items,
                                  const std::optional<Reference>& reference) {
  return reference ? items[reference->value].name : std::string();
}

/// Names of what references mean, sorted.
template <typename Item>
[[nodiscard]] std::vector<std::string> names_of(const std::vector<Item>& items,
                                                const std::vector<Reference>& references) {
  std::vector<std::string> names;
  names.reserve(references.size());
  for (const Reference& reference : references) {
    names.push_back(items[reference.value].name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

[[nodiscard]] std::vector<std::string> values_of(const std::vector<Located<std::string>>& located);

/// A duration or size in the words of a policy; empty for none.
template <typename Quantity>
[[nodiscard]] std::string canonical(const std::optional<Located<Quantity>>& quantity) {
  return quantity ? to_string(quantity->value) : std::string();
}

/// The value, or an empty one.
template <typename Value>
[[nodiscard]] Value value_of(const std::optional<Located<Value>>& located) {
  return located ? located->value : Value{};
}

}  // namespace backstay::compiler
