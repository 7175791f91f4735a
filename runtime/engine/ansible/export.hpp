// A plan as Ansible: a role, playbooks and an inventory that an operator can read, keep and run.
//
// The whole plan travels and is run with `--host`, so that what was approved is what runs: a plan
// cut into files would need a signature for each. Barriers between hosts are plays.
#pragma once

#include <map>
#include <string>

#include "compiler/plan/plan.hpp"

namespace backstay::runtime {

struct AnsibleOptions {
  std::string plan_bytes;  ///< as read and verified: what is copied
  /// Name in the operator's inventory by name in the plan; empty: an inventory of our own.
  std::map<std::string, std::string> names = {};
  std::string inventory = {};                         ///< path of the operator's; empty: none
  std::map<std::string, std::string> approvals = {};  ///< file name → content
  int forks = 20;
};

/// Every file, by its path below the directory of the export. Pure: the same plan and options give
/// the same bytes. Nothing of it is secret; nothing of the plan can end a line or be taken for a
/// template.
[[nodiscard]] std::map<std::string, std::string> export_ansible(const plan::Plan& plan,
                                                                const AnsibleOptions& options);

/// `backup.yml`; `backup-NAME.yml` where the plan holds several of its kind.
[[nodiscard]] std::string playbook_name(const plan::Plan& plan,
                                        const std::string& what,
                                        const std::string& name);

}  // namespace backstay::runtime
