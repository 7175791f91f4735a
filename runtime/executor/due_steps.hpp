// Steps that are on record as due, so that each can begin the moment there is room for it.
//
// No step begins before it stands in the journal for good. Where more steps are ready than run at
// once, those that come next are recorded while others run, many with one sync of the disk: no step
// waits for it then. How many ahead follows how fast they begin, so that a crash leaves few behind
// that were due and never began.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "runtime/executor/schedule.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::runtime {

class Recorder;

inline constexpr std::size_t kFewestAhead = 8;

/// Not thread-safe: the executor's own. Borrows all that it is made of.
class DueSteps {
 public:
  /// in_order  one step at a time: strictly in the order of the plan. Else a step whose record does
  ///           not last yet lets others go first
  DueSteps(const std::vector<plan::Step>& steps,
           const Schedule& schedule,
           Recorder& recorder,
           Clock& clock,
           bool in_order)
      : steps_(steps),
        schedule_(schedule),
        recorder_(recorder),
        clock_(clock),
        in_order_(in_order) {}

  /// Records the first `wanted` of the ready steps as due, and some ahead of them. Whether there
  /// were new ones: then the recorder has to settle.
  bool look_ahead(std::size_t wanted);

  /// The next step that is ready and on record for good; nothing where none is.
  [[nodiscard]] std::optional<std::size_t> take();

 private:
  [[nodiscard]] bool needs_more(std::size_t wanted) const;
  [[nodiscard]] std::size_t how_many(std::size_t wanted);

  const std::vector<plan::Step>& steps_;
  const Schedule& schedule_;
  Recorder& recorder_;
  Clock& clock_;
  bool in_order_;
  std::map<std::size_t, std::uint64_t> due_;  // the number of its record, by step
  std::size_t ahead_ = kFewestAhead;
  std::chrono::steady_clock::time_point last_ = {};
};

}  // namespace backstay::runtime
