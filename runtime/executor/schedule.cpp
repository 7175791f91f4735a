#include "runtime/executor/schedule.hpp"

#include <unordered_map>
#include <utility>

#include "lang/base/result.hpp"

namespace backstay::runtime {

Schedule::Schedule(const std::vector<plan::Step>& steps, Gates* gates)
    : steps_(steps),
      gates_(gates),
      links_(steps.size()),
      states_(steps.size(), State::Waiting),
      left_(steps.size()),
      skipped_by_gate_(steps.size(), false) {
  std::unordered_map<std::string, std::size_t> index;
  for (std::size_t step = 0; step < steps.size(); ++step) {
    for (const auto& id : steps[step].after) {
      if (const auto found = index.find(id); found != index.end()) {
        links_[step].after.push_back(found->second);
        links_[found->second].before.push_back(step);
      }
    }
    links_[step].open = links_[step].after.size();
    if (const auto undone = index.find(steps[step].undoes); undone != index.end()) {
      links_[step].undoes = undone->second;
      links_[undone->second].undone_by.push_back(step);
    }
    const bool unique = index.emplace(steps[step].id, step).second;
    BACKSTAY_CHECK(unique, "step ids are unique in a graph");
    if (links_[step].open == 0) {
      unsettled_.insert(step);
    }
  }
  settle();
}

void Schedule::started(std::size_t step) {
  BACKSTAY_CHECK(states_[step] == State::Ready, "only a ready step starts");
  states_[step] = State::Running;
  ready_.erase(step);
}

void Schedule::ended(std::size_t step, StepEnd how) {
  BACKSTAY_CHECK(states_[step] == State::Running, "only a running step ends");
  switch (how) {
    case StepEnd::Done:
      end(step, State::Done);
      break;
    case StepEnd::Partial:
      end(step, State::Partial);
      break;
    case StepEnd::Failed:
      end(step, State::Failed);
      break;
    case StepEnd::Skipped:
      end(step, State::Skipped);
      break;
  }
  settle();
}

void Schedule::stop() {
  stopped_ = true;
  unsettled_.insert(ready_.begin(), ready_.end());
  unsettled_.insert(closed_.begin(), closed_.end());
  settle();
}

void Schedule::look_again() {
  if (gates_ != nullptr) {
    unsettled_.insert(closed_.begin(), closed_.end());
    unsettled_.insert(ready_.begin(), ready_.end());
    settle();
  }
}

std::vector<Schedule::Skipped> Schedule::take_skipped() {
  return std::exchange(skipped_, {});
}

void Schedule::end(std::size_t step, State how) {
  states_[step] = how;
  --left_;
  ready_.erase(step);
  closed_.erase(step);
  for (const std::size_t next : links_[step].before) {
    if (--links_[next].open == 0) {
      unsettled_.insert(next);
    }
  }
  for (const std::size_t undo : links_[step].undone_by) {
    const State state = states_[undo];
    if (links_[undo].open == 0 && (state == State::Waiting || state == State::Ready)) {
      unsettled_.insert(undo);
    }
  }
}

// In topological order: what a step follows is settled before it.
void Schedule::settle() {
  while (!unsettled_.empty()) {
    const std::size_t step = *unsettled_.begin();
    unsettled_.erase(unsettled_.begin());
    settle_one(step);
  }
}

/// Of a step that nothing keeps waiting any more; empty: none.
std::string Schedule::reason_to_skip(std::size_t step) const {
  if (stopped_) {
    return "the run was stopped";
  }
  for (const std::size_t before : links_[step].after) {
    const State state = states_[before];
    const bool order_only = captures(steps_[step].action) && captures(steps_[before].action);
    if (state == State::Failed && !order_only) {
      return "`" + steps_[before].id + "` failed";
    }
    if (state == State::Skipped && !(order_only && skipped_by_gate_[before])) {
      return "`" + steps_[before].id + "` was skipped";
    }
  }
  return {};
}

// Why nothing is skipped before all that it follows has ended: an `always` step behind it must not
// start while some of that still runs.
void Schedule::settle_one(std::size_t step) {
  std::string because = reason_to_skip(step);
  // Why also an `always` step whose own host failed: another host may still count on what is held.
  if (gates_ != nullptr && !stopped_ && (because.empty() || steps_[step].always)) {
    GateAnswer answer = gates_->ask(steps_[step]);
    if (answer.gate == Gate::Closed) {
      states_[step] = State::Waiting;
      ready_.erase(step);
      closed_.insert(step);
      return;
    }
    if (because.empty()) {
      because = std::move(answer.because);
      skipped_by_gate_[step] = !because.empty();
    }
  }
  const auto& undone = links_[step].undoes;
  const bool nothing_to_undo = undone && states_[*undone] == State::Skipped;
  if (nothing_to_undo) {
    because = "`" + steps_[*undone].id + "` never began";
  }
  if (!because.empty() && (nothing_to_undo || !steps_[step].always)) {
    skipped_.push_back({.step = step, .because = std::move(because)});
    end(step, State::Skipped);
    return;
  }
  states_[step] = State::Ready;
  closed_.erase(step);
  ready_.insert(step);
}

}  // namespace backstay::runtime
