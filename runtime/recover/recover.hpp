// Carrying out what dead runs left pending: `backstay recover`, and the first thing that a run
// does.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/executor/events.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// One undo of a dead run and what became of it.
struct Recovered {
  std::string run_id;
  std::string what;                 ///< `start nova-api.service`
  std::optional<Error> error = {};  ///< it is still pending
};

struct Recovery {
  std::vector<Recovered> undos = {};    ///< in the order in which they were carried out
  std::vector<std::string> alive = {};  ///< runs that go on: they put things right themselves
  std::vector<std::string> ended = {};  ///< runs that hung past their deadline, and were killed
};

/// Carries out the undos of all dead runs, or of one, last first. What cannot be done stays pending
/// and keeps nothing else from being done; after five vain attempts the timer of that run gives up,
/// and the next run or a call by hand goes on. Recoveries wait for each other. Errors: Io, BadInput
/// (a file of pending undos), Interrupted.
[[nodiscard]] Result<Recovery> recover(World& world,
                                       const std::string& only_run,
                                       const std::stop_token& stop);

/// Drops what a dead run left pending, undone. Errors: NotFound, Busy (it lives), Io.
[[nodiscard]] Result<std::vector<std::string>> forget_pending(World& world,
                                                              const std::string& run_id);

/// recover() as a run does it before its own work: one warning for each thing that was done or
/// could not be.
void recover_dead_runs(World& world, Events& events, const std::stop_token& stop);

}  // namespace backstay::runtime
