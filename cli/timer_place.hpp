// Where the timer of a backup belongs, as seen from one machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/ansible_engine.hpp"
#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/status/run_history.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::cli {

enum class TimerPlace : std::uint8_t {
  Here,        ///< of this host's own part
  HereForAll,  ///< of all hosts, by Ansible
  Elsewhere,
};

struct TimerOf {
  TimerPlace place = TimerPlace::Elsewhere;
  std::string host;  ///< who has it; of a backup that does not cover this host: empty
};

/// The host whose timer runs a backup on all of its hosts, as the policy says (`run SCHEDULE on
/// HOST`); empty: each host has its own.
[[nodiscard]] std::string host_for_all(const plan::Backup& backup);

/// asked          name of this machine in the plan, or empty
/// machine        the name that this machine bears
/// on_controller  the caller wants one timer here for all hosts, where the policy says nothing
/// Errors: Refused, where each host would run its part alone, and one waits for what another holds.
[[nodiscard]] Result<TimerOf> timer_of(const plan::Backup& backup,
                                       const std::string& asked,
                                       const std::string& machine,
                                       bool on_controller);

/// The words of a timer's call that runs on all hosts, from those of the call that installs it.
[[nodiscard]] std::vector<std::string> engine_words_of(const EngineWords& words);

/// What this machine did on all hosts, as runs of host ``: `complete`, or how many hosts were good.
/// Newest first.
[[nodiscard]] std::vector<runtime::PastRun> past_sets(runtime::World& world);

}  // namespace backstay::cli
