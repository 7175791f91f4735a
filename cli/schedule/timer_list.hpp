// Next and last runs of a plan, and who runs them: what `schedule list` shows.
#pragma once

#include <string>
#include <vector>

#include "cli/ansible_schedule.hpp"
#include "cli/schedule/schedule_options.hpp"
#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::cli {

/// One run of the plan, as this machine or a host sees it.
struct TimerLine {
  std::string host, backup = {}, rule = {}, by, next = {}, next_at = {}, last = {}, outcome = {};
};

/// What this machine has to do with: with `--host` the backups of that host, with `--engine` those
/// that it runs on all hosts. Errors: Usage, Io.
[[nodiscard]] Result<std::vector<TimerLine>> list_timers(const plan::Plan& plan,
                                                         const ScheduleOptions& options,
                                                         runtime::World& world);

/// What the hosts listed; one that did not answer is a line, too.
void add_answers(const std::vector<HostAnswer>& answers, std::vector<TimerLine>& lines);

/// A table; with hosts as its first column where they are several.
[[nodiscard]] std::string to_table(const std::vector<TimerLine>& lines, bool everywhere);
[[nodiscard]] std::string to_json(const std::vector<TimerLine>& lines);

}  // namespace backstay::cli
