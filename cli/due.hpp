// Whether a backup's schedule asks for a run now: the calendar of the compiler against what ran.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/status/run_history.hpp"

namespace backstay::cli {

struct Due {
  bool due = false;
  std::string why;  ///< one line: since when, or until when not
};

/// A run is due when the schedule has fired since the last run of that backup on that host began.
/// Runs that seem to begin later than now were made by a wrong clock, and do not count. Without any
/// run it is due. Errors: Usage (no schedule), BadInput (a rule or zone that cannot be read).
/// copy: target of a copy of the backup with a schedule of its own; empty: the backup itself.
[[nodiscard]] Result<Due> is_due(const plan::Plan& plan,
                                 const std::string& backup,
                                 const std::string& host,
                                 const std::vector<runtime::PastRun>& runs,
                                 std::chrono::system_clock::time_point now,
                                 const std::string& copy = {});

}  // namespace backstay::cli
