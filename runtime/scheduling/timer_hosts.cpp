#include "runtime/scheduling/timer_hosts.hpp"

#include <set>

namespace backstay::runtime {
namespace {

void add_hosts(const std::vector<plan::Step>& steps, std::set<std::string>& hosts) {
  for (const plan::Step& step : steps) {
    hosts.insert(step.host);
  }
}

}  // namespace

std::vector<std::string> hosts_of(const plan::Plan& plan, const ScheduledRun& run) {
  const plan::Backup* backup = plan.backup(run.backup);
  const plan::Drill* drill = plan.drill(run.drill);
  std::set<std::string> hosts;
  if (drill != nullptr) {
    add_hosts(drill->steps, hosts);
  } else if (backup != nullptr && run.copy.empty()) {
    hosts.insert(backup->hosts.begin(), backup->hosts.end());
  } else if (backup != nullptr) {
    for (const plan::Copy& copy : backup->copies) {
      if (copy.target == run.copy)
        add_hosts(copy.steps, hosts);
    }
  }
  return {hosts.begin(), hosts.end()};
}

std::vector<std::string> hosts_with_timers(const plan::Plan& plan) {
  std::set<std::string> hosts;
  for (const ScheduledRun& run : scheduled_runs(plan)) {
    const auto found = hosts_of(plan, run);
    hosts.insert(found.begin(), found.end());
  }
  return {hosts.begin(), hosts.end()};
}

}  // namespace backstay::runtime
