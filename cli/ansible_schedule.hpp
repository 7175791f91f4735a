// Timers on all hosts of a plan, by Ansible.
#pragma once

#include <string>
#include <vector>

#include "cli/ansible_engine.hpp"
#include "cli/execution.hpp"
#include "cli/plan_file.hpp"
#include "cli/session.hpp"

namespace backstay::cli {

/// What one host answered.
struct HostAnswer {
  std::string host;
  bool reached = false;
  int exit = 1;
  std::string report = {};    ///< of `list`: JSON
  std::string messages = {};  ///< of one that was not reached: why, where Ansible said it
};

/// What a host's answer to a playbook says: DIRECTORY/WHAT@HOST.json, as the role gathered it.
[[nodiscard]] HostAnswer read_answer(runtime::World& world,
                                     const std::string& directory,
                                     const std::string& what,
                                     const std::string& host);

/// Plays `schedule.yml` on the hosts that have timers of their own, and returns their answers by
/// name. With `dry_run` there are none: Ansible's own words are the answer, and a host on which it
/// could not look is an error. Errors: Usage, NotFound, ToolMissing, Io, Interrupted.
/// operation  `install`, `list` or `remove`
[[nodiscard]] Result<std::vector<HostAnswer>> schedule_on_hosts(Session& session,
                                                                Execution& execution,
                                                                const PlanFile& file,
                                                                const EngineWords& words,
                                                                const std::string& operation,
                                                                bool dry_run);

/// `compute01        no answer: no Python there, …`
[[nodiscard]] std::string line_of(const HostAnswer& answer);

/// Says what each host did, and sets the exit code: 3 where some did not do it, 1 where none did.
void show_answers(Session& session,
                  const std::vector<HostAnswer>& answers,
                  const std::string& operation);

}  // namespace backstay::cli
