// What may start next: planning state alone, without threads, time or effects.
//
// A failed step skips its dependants, never its siblings. An `always` step runs once what it
// follows has ended, however it ended; one that undoes another is skipped where that one never
// began. One edge is weaker: from a step that captures data to another one. It orders them (what
// refers is captured before what it refers to, language.md section 5), and that order holds as well
// when the first was not captured at all; so that it failed or was skipped does not skip the
// second.
//
// Each end is looked at by what follows it alone, so that the cost of a plan is that of its edges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compiler/plan/action_facts.hpp"
#include "compiler/plan/plan.hpp"
#include "runtime/executor/gates.hpp"

namespace backstay::runtime {

/// How a step ended. `Partial` lets dependants run: a part of the work was done and kept.
enum class StepEnd : std::uint8_t { Done, Partial, Failed, Skipped };

/// Steps are named by their index in the vector that was given. Not thread-safe: the executor's
/// own.
class Schedule {
 public:
  /// `steps` must outlive it and be in topological order, as plan::verify proves. Ids in `after`
  /// that are not in the vector (steps of other hosts, or out of scope) count as done; those of
  /// other hosts only where no `gates` say otherwise. Borrows both.
  explicit Schedule(const std::vector<plan::Step>& steps, Gates* gates = nullptr);

  /// Asks the gates again for what waits. Without gates nothing changes by itself.
  void look_again();

  /// Steps that may start now, in the order of the plan.
  [[nodiscard]] const std::set<std::size_t>& ready() const { return ready_; }

  void started(std::size_t step);
  void ended(std::size_t step, StepEnd how);
  /// From now on only `always` steps become ready; the others are skipped.
  void stop();

  /// Nothing is left to start or to wait for.
  [[nodiscard]] bool finished() const { return left_ == 0; }

  struct Skipped {
    std::size_t step;
    std::string because;
  };

  /// The steps that were skipped since the last call, in the order of the plan.
  [[nodiscard]] std::vector<Skipped> take_skipped();

 private:
  enum class State : std::uint8_t { Waiting, Ready, Running, Done, Partial, Failed, Skipped };

  struct Links {
    std::vector<std::size_t> after;
    std::vector<std::size_t> before;     ///< what follows it
    std::vector<std::size_t> undone_by;  ///< what undoes it
    std::optional<std::size_t> undoes;
    std::size_t open = 0;  ///< of `after`: not ended yet
  };

  void settle();
  void settle_one(std::size_t step);
  void end(std::size_t step, State how);
  [[nodiscard]] std::string reason_to_skip(std::size_t step) const;

  const std::vector<plan::Step>& steps_;
  Gates* gates_;
  std::vector<Links> links_;
  std::vector<State> states_;
  std::set<std::size_t> ready_;
  std::set<std::size_t> closed_;     // nothing but a gate keeps it
  std::set<std::size_t> unsettled_;  // what it follows has ended; to be looked at, in this order
  std::size_t left_;                 // steps that have not ended
  std::vector<Skipped> skipped_;
  // Why it matters: another host that is away costs its neighbours nothing, but what was skipped
  // for a failure of this host's own takes along what follows.
  std::vector<bool> skipped_by_gate_;
  bool stopped_ = false;
};

}  // namespace backstay::runtime
