// The text of one playbook: hand over, a play a phase, gather.
#pragma once

#include <string>
#include <vector>

#include "compiler/plan/phases.hpp"

namespace backstay::runtime {

/// One graph that is to be played.
struct Play {
  std::string what;  ///< `backup`, `restore` or `drill`
  std::string name;  ///< of the backup or drill
  std::string policy;
  std::string digest;                    ///< of the plan
  std::string file;                      ///< `backup.yml`
  const std::vector<plan::Step>& graph;  ///< of all hosts
};

/// `backstay_backup_cloud`, `backstay_backup_cloud_phase_2`: a group of hosts. A phase of 0: all.
[[nodiscard]] std::string group_name(const Play& play, std::size_t phase);

[[nodiscard]] std::string playbook_text(const Play& play);
/// `vars/backup.yml`
[[nodiscard]] std::string playbook_variables(const Play& play);
/// Ends what waits, on every host: for an operator whose playbook was stopped half-way.
[[nodiscard]] std::string release_playbook_text(const Play& play);

}  // namespace backstay::runtime
