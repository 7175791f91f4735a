// The loop: start what may start, wait for one, record, repeat.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
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

/// Does one step; called on one of the executor's threads, which lives as long as the graph runs:
/// a child ends with the thread that started it.
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

/// Told of every transition, one call at a time. What was told is written by hand_on(), and lasts,
/// a power cut too, once lasting() has reached the number that hand_on() gave. No step begins
/// before that of its own `due` and of the ends of what it follows, and the graph does not end
/// before that of all. Nobody waits for the disk but a step that has to: many share one sync.
class Recorder {
 public:
  virtual ~Recorder() = default;

  /// The step may begin from now on; also told ahead, of one that may be skipped yet.
  virtual void due(const plan::Step& /*step*/) {}

  virtual void started(const plan::Step& step) = 0;
  virtual void ended(const plan::Step& step, const StepResult& result) = 0;

  /// Writes what was told since the last call; nothing new: the last number again.
  virtual std::uint64_t hand_on() { return 0; }

  /// All with this number or a lower one lasts. Safe from any thread.
  virtual std::uint64_t lasting() { return 0; }

  /// Returns once all that was handed on before lasts. Safe from any thread, several at once.
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
