// Exporting a plan for Ansible into a directory: what `export` and the engine share.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/plan_file.hpp"
#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::cli {

struct ExportWords {
  std::string inventory;          ///< path; empty: one of our own
  std::vector<std::string> maps;  ///< `HOST=NAME`
  std::string approvals;          ///< directory of POLICY@HOST; empty: CONFIG/approved
  int forks = 20;
};

/// What programs of Ansible get to see: HOME, the agent of ssh, and a configuration where one is
/// named. Nothing of it is secret.
[[nodiscard]] std::map<std::string, std::string> ansible_environment(const std::string& config);

/// The inventory of the operator: the one that is named, else the policy's, which lies beside the
/// plan where its path is not absolute. Absolute; empty: there is none. Errors: NotFound, Refused
/// (it cannot be read).
[[nodiscard]] Result<std::string> inventory_of(const PlanFile& file, const ExportWords& words);

/// Writes the export of a plan below an existing or new directory. Returns what its hosts are
/// called in the inventory, where one was given. Errors: Usage (a directory that holds something
/// else), NotFound (a host that the inventory lacks), ToolMissing, Io.
[[nodiscard]] Result<std::map<std::string, std::string>> write_export(runtime::World& world,
                                                                      const PlanFile& file,
                                                                      const ExportWords& words,
                                                                      const std::string& directory);

}  // namespace backstay::cli
