// The loop: start what may start, wait for one, record, repeat.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "lang/base/units.hpp"
#include "runtime/executor/schedule.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::runtime {

/// Does one step; called on one of the executor's threads, which lives as long as the graph runs.
/// The token stops when the run is stopped or the step's time is over; for an `always` step that
/// starts after a stop, only when its time is over. An Error of kind Partial means that a part was
/// done and kept.
using StepFunction = std::function<Result<void>(const plan::Step&, std::stop_token)>;

/// How one step went.
struct StepResult {
  StepEnd end = StepEnd::Skipped;
  std::optional<Error> error = {};  ///< of Partial and Failed
  std::string because = {};         ///< of Skipped
  std::chrono::milliseconds duration{0};
  /// Since the graph was begun; nothing where the step never started.
  std::optional<std::chrono::milliseconds> started = {};
};

/// Told of every transition, on the thread of the loop. What was told lasts once settle() has
/// returned: no step begins, and the loop does not end, before that of its own start and of the
/// ends of what it follows. So several transitions share one wait for the disk.
class Recorder {
 public:
  virtual ~Recorder() = default;
  virtual void started(const plan::Step& step) = 0;
  virtual void ended(const plan::Step& step, const StepResult& result) = 0;

  virtual void settle() {}
};

struct ExecutorOptions {
  std::size_t parallel = 2;          ///< steps at once, at least 1
  std::chrono::seconds deadline{0};  ///< of the whole run; 0: none. Then it is stopped
  Gates* gates = nullptr;            ///< what other hosts keep from starting; null: nothing
};

/// Runs a graph to its end, also when it is stopped: what runs is waited for. The results are in
/// the order of the steps. A step whose time is over ends as Timeout, one that was stopped as
/// Interrupted.
[[nodiscard]] std::vector<StepResult> execute_graph(const std::vector<plan::Step>& steps,
                                                    const StepFunction& function,
                                                    Recorder& recorder,
                                                    Clock& clock,
                                                    const ExecutorOptions& options,
                                                    std::stop_token stop);

}  // namespace backstay::runtime
