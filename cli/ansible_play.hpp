// Running one playbook of an export, for whatever calls it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/execution.hpp"
#include "cli/player_complaints.hpp"
#include "cli/session.hpp"

namespace backstay::cli {

struct PlayCall {
  std::string directory;                   ///< of the export
  std::string book;                        ///< `backup.yml`
  std::string variables;                   ///< JSON object, for --extra-vars
  std::vector<std::string> only = {};      ///< names in the inventory; empty: all
  bool check = false;                      ///< --check
  PlayerComplaints* complaints = nullptr;  ///< where there is one: why a host could not be played
};

/// Whether every play ended well. What it prints goes to stderr as it comes, unless -q. Errors:
/// ToolMissing, Interrupted, Io.
[[nodiscard]] Result<bool> play_book(Session& session, Execution& execution, const PlayCall& call);

/// What hosts of the plan are called in the inventory that an export was made with.
[[nodiscard]] std::vector<std::string> names_in_inventory(
    const std::vector<std::string>& hosts, const std::map<std::string, std::string>& names);

/// Why Ansible could do nothing on a host of the plan; empty: it did not say.
[[nodiscard]] std::string complaint_about(const std::string& host,
                                          const PlayerComplaints& complaints,
                                          const std::map<std::string, std::string>& names);

}  // namespace backstay::cli
