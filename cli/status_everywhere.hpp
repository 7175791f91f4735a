// Are we safe? asked of every host of a plan: `status PLAN --engine ansible`.
#pragma once

#include <string>
#include <vector>

#include "cli/ansible_engine.hpp"
#include "cli/execution.hpp"
#include "cli/plan_file.hpp"
#include "lang/base/result.hpp"

namespace backstay::cli {

/// What one host says of its backups.
struct HostState {
  std::string host;
  bool answered = false;
  std::string why = {};                    ///< where it did not answer
  std::vector<std::string> problems = {};  ///< `backup cloud: the newest point is …`
  std::string newest = {};                 ///< RFC 3339: start of the oldest of its newest points
  std::string backups = {};                ///< JSON: as `status --format json` has them

  [[nodiscard]] bool safe() const { return answered && problems.empty(); }
};

/// Asks all hosts that have backups (of `words.only` these), and changes nothing there. Those that
/// did not answer first, then those that are not safe, by name. Errors: of the export, of the
/// inventory; ToolMissing.
[[nodiscard]] Result<std::vector<HostState>> ask_everywhere(Session& session,
                                                            Execution& execution,
                                                            const PlanFile& file,
                                                            const EngineWords& words,
                                                            const std::string& backup);

/// One screen: worst first, hosts that are safe in one line.
[[nodiscard]] std::string states_text(const std::vector<HostState>& states);
/// `3 of 4 hosts are safe.`, or that all are.
[[nodiscard]] std::string states_sentence(const std::vector<HostState>& states);
/// A list of objects; see docs/schemas/status-everywhere.schema.json.
[[nodiscard]] std::string states_json(const std::vector<HostState>& states);

}  // namespace backstay::cli
