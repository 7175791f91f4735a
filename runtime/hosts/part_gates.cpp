#include "runtime/hosts/part_gates.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/plan/action_facts.hpp"
#include "lang/base/units.hpp"

namespace backstay::runtime {

PartGates::PartGates(World& world, const std::vector<plan::Step>& graph, PartOptions options)
    : world_(world), graph_(graph), phases_(graph), options_(std::move(options)) {}

Result<void> PartGates::begin() {
  BACKSTAY_ASSIGN(lock_, world_.files.lock_directory(options_.directory));
  look();
  BACKSTAY_TRY(write_progress(world_.files, options_.directory, progress_));
  watcher_ = std::jthread([this](const std::stop_token& end) { watch(end); });
  return {};
}

void PartGates::also_stop_on(const std::stop_token& outer) {
  outer_.emplace(outer, [this] { stop_.request_stop(); });
}

void PartGates::watch(const std::stop_token& end) {
  while (!end.stop_requested()) {
    look();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

// What cannot be read for once is read the next time: callers write beside and rename.
void PartGates::look() {
  auto gate = read_gate(world_.files, options_.directory);
  const bool gone = !gate && gate.error().kind == ErrorKind::NotFound;
  const bool untold = !save_again();
  std::string why;
  {
    const std::lock_guard lock(mutex_);
    if (gate && *gate != gate_) {
      gate_ = *std::move(gate);
      hosts_ = {gate_.hosts.begin(), gate_.hosts.end()};
      done_ = {gate_.done.begin(), gate_.done.end()};
      waiting_since_.reset();
    }
    const bool over =
        waiting_since_ && world_.clock.steady_now() - *waiting_since_ >= options_.longest_wait;
    if (gate_.release || gone) {
      why = "it was given up from outside";
    } else if (waiting_since_ && untold) {
      why = fmt::format(
          "`{}` waits for other hosts, and they cannot be told how this one stands: "
          "its state directory cannot be written",
          waits_for_);
    } else if (over) {
      why = fmt::format("`{}` waited {} for other hosts, and nobody said how they stand",
                        waits_for_, to_human(Duration{options_.longest_wait.count()}));
    }
    if (why.empty() || !why_stopped_.empty()) {
      return;
    }
    why_stopped_ = std::move(why);
  }
  stop_.request_stop();
}

std::string PartGates::why_stopped() const {
  const std::lock_guard lock(mutex_);
  return why_stopped_;
}

GateAnswer PartGates::ask(const plan::Step& step) {
  const plan::Step* planned = phases_.find(step.id);
  if (planned == nullptr) {
    return {.gate = Gate::Lost, .because = "`" + step.id + "` is in no phase of this plan"};
  }
  const std::lock_guard lock(mutex_);
  if (phases_.of(step.id) > gate_.open) {
    if (!waiting_since_) {
      waiting_since_ = world_.clock.steady_now();
      waits_for_ = step.id;
    }
    return {.gate = Gate::Closed};
  }
  for (const std::string& id : planned->after) {
    const plan::Step* earlier = phases_.find(id);
    const bool here = earlier == nullptr || earlier->host == options_.host;
    const bool takes_part = !here && (hosts_.empty() || hosts_.contains(earlier->host));
    // Only ordered: a capture that failed elsewhere keeps no other one back (schedule.hpp).
    const bool ordered = !here && captures(planned->action) && captures(earlier->action);
    if (takes_part && !ordered && !done_.contains(id)) {
      return {.gate = Gate::Lost, .because = fmt::format("`{}` did not end well there", id)};
    }
  }
  return {};
}

void PartGates::leave_out(const std::vector<plan::Step>& steps_in_scope) {
  std::unordered_set<std::string_view> kept;
  for (const plan::Step& step : steps_in_scope) {
    kept.insert(step.id);
  }
  const std::lock_guard lock(progress_mutex_);
  for (const plan::Step& step : graph_) {
    if (step.host == options_.host && !kept.contains(step.id)) {
      progress_.left_out.push_back(step.id);
    }
  }
  save();
}

void PartGates::step(std::string_view id, StepState state, std::string_view /*detail*/) {
  if (state == StepState::Started) {
    return;
  }
  const std::lock_guard lock(progress_mutex_);
  progress_.steps[std::string(id)] = state;
  save();
}

// A failure keeps nothing back but a wait for others, who would wait for us: look() tries again,
// and ends the run where it waits. The run's own journal and report are what counts.
void PartGates::save() {
  unsaved_ = !write_progress(world_.files, options_.directory, progress_);
}

/// Whether all is told.
bool PartGates::save_again() {
  const std::lock_guard lock(progress_mutex_);
  if (unsaved_) {
    save();
  }
  return !unsaved_;
}

}  // namespace backstay::runtime
