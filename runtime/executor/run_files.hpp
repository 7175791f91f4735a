// What runs leave in the state directory, and what is said of those that never came to their end.
#pragma once

#include <string>

#include "runtime/executor/events.hpp"
#include "runtime/executor/run_report.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// `20261122T023000Z-1a2b3c4d`: sorts by time, to a 4096th of a second by the first three digits
/// behind the dash; the others are random. It is part of names that a restore leaves.
[[nodiscard]] std::string new_run_id(Clock& clock);

/// Writes STATE/runs/RUN.json; a failure is a warning.
void write_report(World& world, const RunReport& report, Events& events);

/// Puts right what dead runs left (runtime/recover). One warning for each run that crashed; a
/// report is written for it, so that it is told once.
void settle_crashed_runs(World& world, Events& events, const std::stop_token& stop);

}  // namespace backstay::runtime
