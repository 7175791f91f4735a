#include "compiler/lower/lower.hpp"

#include "compiler/lower/lower_parts.hpp"

namespace backstay::compiler {

plan::Plan lower(const Policy& policy, const std::vector<JudgedPromise>& promises) {
  plan::Plan plan;
  plan.policy = policy.name;
  plan.zone = value_of(policy.zone);
  plan.inventory = value_of(policy.inventory);
  for (const auto& [name, value] : policy.parameters) {
    plan.parameters.push_back({.name = name, .value = value});
  }
  plan.hosts = lower_hosts(policy);
  plan.services = lower_services(policy);
  plan.servers = lower_servers(policy);
  plan.targets = lower_targets(policy);
  plan.schedules = lower_schedules(policy);
  plan.retentions = lower_retentions(policy);
  plan.promises = lower_promises(policy, promises);
  plan.sites = lower_sites(policy);
  plan.secrets = lower_secrets(policy);
  plan.keys = lower_keys(policy);
  plan.notifies = lower_notifies(policy);
  plan.moved = lower_moved(policy);
  plan.suppressions = lower_suppressions(policy);
  const CaptureOrder order(policy);
  for (const Backup& backup : policy.backups) {
    plan.backups.push_back(lower_backup(policy, order, backup));
  }
  for (const Drill& drill : policy.drills) {
    plan.drills.push_back(lower_drill(policy, order, drill));
  }
  return plan;
}

}  // namespace backstay::compiler
