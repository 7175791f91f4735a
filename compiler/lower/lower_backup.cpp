// One backup → the graph that makes a snapshot and the graph that restores it, its exact reverse.
#include "compiler/lower/backup_graph.hpp"
#include "compiler/lower/lower_parts.hpp"

namespace backstay::compiler {
namespace {

// A run is ended after its deadline; where none is said, after the window of its schedule.
Duration deadline_of(const Policy& policy, const Backup& backup) {
  if (backup.deadline || !backup.schedule) {
    return value_of(backup.deadline);
  }
  return value_of(policy.schedules[backup.schedule->value].window);
}

plan::Copy lower_copy(const GraphInput& input, const CopyFact& copy) {
  const Policy& policy = input.policy;
  plan::Copy lowered{.target = policy.targets[copy.target.value].name,
                     .retention = policy.retentions[copy.retention.value].name};
  lowered.schedule = name_of(policy.schedules, copy.schedule);
  lowered.lag = canonical(copy.lag);
  if (has_graph_of_its_own(copy)) {
    lowered.steps = copy_graph(input, copy);
  }
  return lowered;
}

}  // namespace

plan::Backup lower_backup(const Policy& policy, const CaptureOrder& order, const Backup& backup) {
  const std::vector<bool> covered = covered_services(policy, backup.services);
  const std::vector<DataStep> data = data_steps(policy, order, covered);
  const DataIndex index(data, policy.services.size());
  const GraphInput input{policy, order, backup, covered, data, index};
  plan::Backup lowered{.name = backup.name,
                       .schedule = name_of(policy.schedules, backup.schedule),
                       .target = name_of(policy.targets, backup.target),
                       .retention = name_of(policy.retentions, backup.retention),
                       .services = names_of(policy.services, backup.services),
                       .hosts = {},
                       .backup = backup_graph(input),
                       .restore = restore_graph(input)};
  for (const Index host : index.hosts()) {
    lowered.hosts.push_back(policy.hosts[host].name);
  }
  for (const CopyFact& copy : backup.copies) {
    lowered.copies.push_back(lower_copy(input, copy));
  }
  lowered.deadline = deadline_of(policy, backup);
  if (backup.compression && backup.compression->value != "standard")
    lowered.compression = backup.compression->value;
  lowered.concurrency = value_of(backup.concurrency);
  lowered.notify = name_of(policy.notifies, backup.notify);
  lowered.run_on = name_of(policy.hosts, backup.run_on);
  return lowered;
}

}  // namespace backstay::compiler
