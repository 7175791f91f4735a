#include "runtime/executor/schedule.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "lang/base/result.hpp"

namespace backstay::runtime {

Schedule::Schedule(const std::vector<plan::Step>& steps, Gates* gates)
    : steps_(steps),
      gates_(gates),
      after_(steps.size()),
      undoes_(steps.size()),
      states_(steps.size(), State::Waiting),
      skipped_by_gate_(steps.size(), false) {
  std::unordered_map<std::string, std::size_t> index;
  for (std::size_t step = 0; step < steps.size(); ++step) {
    for (const auto& id : steps[step].after) {
      if (const auto found = index.find(id); found != index.end()) {
        after_[step].push_back(found->second);
      }
    }
    if (const auto undone = index.find(steps[step].undoes); undone != index.end()) {
      undoes_[step] = undone->second;
    }
    const bool unique = index.emplace(steps[step].id, step).second;
    BACKSTAY_CHECK(unique, "step ids are unique in a graph");
  }
  settle();
}

std::vector<std::size_t> Schedule::ready() const {
  std::vector<std::size_t> found;
  for (std::size_t step = 0; step < states_.size(); ++step) {
    if (states_[step] == State::Ready) {
      found.push_back(step);
    }
  }
  return found;
}

void Schedule::started(std::size_t step) {
  BACKSTAY_CHECK(states_[step] == State::Ready, "only a ready step starts");
  states_[step] = State::Running;
}

void Schedule::ended(std::size_t step, StepEnd how) {
  BACKSTAY_CHECK(states_[step] == State::Running, "only a running step ends");
  switch (how) {
    case StepEnd::Done:
      states_[step] = State::Done;
      break;
    case StepEnd::Partial:
      states_[step] = State::Partial;
      break;
    case StepEnd::Failed:
      states_[step] = State::Failed;
      break;
    case StepEnd::Skipped:
      states_[step] = State::Skipped;
      break;
  }
  settle();
}

void Schedule::stop() {
  stopped_ = true;
  settle();
}

void Schedule::look_again() {
  if (gates_ != nullptr) {
    settle();
  }
}

bool Schedule::finished() const {
  return std::none_of(states_.begin(), states_.end(), [](State state) {
    return state == State::Waiting || state == State::Ready || state == State::Running;
  });
}

std::vector<Schedule::Skipped> Schedule::take_skipped() {
  return std::exchange(skipped_, {});
}

// One pass is enough: in topological order, all that a step follows is settled before it.
void Schedule::settle() {
  for (std::size_t step = 0; step < steps_.size(); ++step) {
    if (states_[step] == State::Waiting || states_[step] == State::Ready) {
      settle_one(step);
    }
  }
}

// Why nothing is skipped before all that it follows has ended: an `always` step behind it must not
// start while some of that still runs.
void Schedule::settle_one(std::size_t step) {
  states_[step] = State::Ready;
  std::string because = stopped_ ? "the run was stopped" : "";
  for (const std::size_t before : after_[step]) {
    const State state = states_[before];
    if (state == State::Waiting || state == State::Ready || state == State::Running) {
      states_[step] = State::Waiting;
      return;
    }
    const bool order_only = captures(steps_[step].action) && captures(steps_[before].action);
    if (because.empty() && state == State::Failed && !order_only) {
      because = "`" + steps_[before].id + "` failed";
    } else if (because.empty() && state == State::Skipped &&
               !(order_only && skipped_by_gate_[before])) {
      because = "`" + steps_[before].id + "` was skipped";
    }
  }
  // Why also an `always` step whose own host failed: another host may still count on what is held.
  if (gates_ != nullptr && !stopped_ && (because.empty() || steps_[step].always)) {
    GateAnswer answer = gates_->ask(steps_[step]);
    if (answer.gate == Gate::Closed) {
      states_[step] = State::Waiting;
      return;
    }
    if (because.empty()) {
      because = std::move(answer.because);
      skipped_by_gate_[step] = !because.empty();
    }
  }
  const auto& undone = undoes_[step];
  const bool nothing_to_undo = undone && states_[*undone] == State::Skipped;
  if (nothing_to_undo) {
    because = "`" + steps_[*undone].id + "` never began";
  }
  if (!because.empty() && (nothing_to_undo || !steps_[step].always)) {
    states_[step] = State::Skipped;
    skipped_.push_back({.step = step, .because = std::move(because)});
  }
}

}  // namespace backstay::runtime
