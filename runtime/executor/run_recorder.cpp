#include "runtime/executor/run_recorder.hpp"

#include <algorithm>
#include <utility>

#include "compiler/plan/plan_text.hpp"
#include "runtime/steps/support.hpp"

namespace backstay::runtime {
namespace {

StepState state_of(StepEnd end) {
  switch (end) {
    case StepEnd::Done:
      return StepState::Done;
    case StepEnd::Partial:
      return StepState::Partial;
    case StepEnd::Failed:
      return StepState::Failed;
    case StepEnd::Skipped:
      return StepState::Skipped;
  }
  return StepState::Failed;
}

/// What a successful end of a step means for the snapshot.
JournalEvent success_of(const plan::Action& action) {
  if (captures(action)) {
    return JournalEvent::Produced;
  }
  if (std::holds_alternative<plan::CommitSnapshot>(action)) {
    return JournalEvent::Stored;
  }
  return std::holds_alternative<plan::VerifySnapshot>(action) ? JournalEvent::Verified
                                                              : JournalEvent::Done;
}

JournalEvent event_of(const plan::Action& action, StepEnd end) {
  switch (end) {
    case StepEnd::Done:
      return success_of(action);
    case StepEnd::Partial:
      return JournalEvent::Partial;
    case StepEnd::Failed:
      return JournalEvent::Failed;
    case StepEnd::Skipped:
      return JournalEvent::Skipped;
  }
  return JournalEvent::Failed;
}

std::string message_of(const plan::Step& step, const StepResult& result) {
  if (result.end == StepEnd::Done && support_of(step.action) == Support::Left) {
    return "left to what comes behind a timer's run, and to `backstay prune`";
  }
  return result.error ? to_string(*result.error) : result.because;
}

}  // namespace

void RunRecorder::due(const plan::Step& step) {
  records_.push_back({.event = JournalEvent::Due, .step = step.id});
}

// Told at once: the journal has it for good that the step was due.
void RunRecorder::started(const plan::Step& step) {
  records_.push_back({.event = JournalEvent::Started, .step = step.id});
  hub_.step(step.id, StepState::Started, plan::describe(step.action));
}

void RunRecorder::ended(const plan::Step& step, const StepResult& result) {
  auto message = message_of(step, result);
  if (captures(step.action)) {
    tell_staging(step, result.end, message);
  }
  records_.push_back(
      {.event = event_of(step.action, result.end), .step = step.id, .detail = message});
  if (staging_ != nullptr && std::holds_alternative<plan::CommitSnapshot>(step.action) &&
      !staging_->snapshot_id().empty()) {
    records_.push_back(
        {.event = JournalEvent::Committed, .step = {}, .detail = staging_->snapshot_id()});
  }
  ends_.push_back({0, step.id, state_of(result.end), std::move(message)});
}

std::uint64_t RunRecorder::hand_on() {
  if (!records_.empty()) {
    warn_once(journal_.note(records_));
  }
  const std::lock_guard lock(mutex_);
  if (!records_.empty()) {
    records_.clear();
    ++number_;
  }
  for (Untold& end : ends_) {
    end.number = number_;
    untold_.push_back(std::move(end));
  }
  ends_.clear();
  return number_;
}

// The ends are told before they are said to last: nobody hears of a step before what it follows.
void RunRecorder::settle() {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = number_;
  }
  if (number > lasting_) {
    warn_once(journal_.sync());
  }
  const std::lock_guard lock(mutex_);
  for (; !untold_.empty() && untold_.front().number <= number; untold_.pop_front()) {
    hub_.step(untold_.front().step, untold_.front().state, untold_.front().message);
  }
  lasting_ = std::max(lasting_.load(), number);
}

void RunRecorder::tell_staging(const plan::Step& step, StepEnd end, const std::string& why) {
  if (end == StepEnd::Done || end == StepEnd::Partial) {
    ++captured_;
  }
  if (staging_ == nullptr || end == StepEnd::Done || !step.required) {
    return;
  }
  if (end == StepEnd::Partial) {  // which components, the step itself has said
    staging_->fail(step.id, why);
    return;
  }
  for (const auto& component : components_of(step.action)) {
    staging_->fail(component, why);
  }
}

void RunRecorder::write(const JournalRecord& record) {
  warn_once(journal_.append(record));
}

void RunRecorder::warn_once(const Result<void>& written) {
  if (!written && !journal_failed_.exchange(true)) {
    hub_.warning("", to_string(written.error()) + "; the run goes on without its journal");
  }
}

std::vector<StepReport> report_steps(const std::vector<plan::Step>& steps,
                                     const std::vector<StepResult>& results,
                                     const EventHub& hub) {
  std::vector<StepReport> reports;
  for (std::size_t index = 0; index < steps.size(); ++index) {
    reports.push_back({.id = steps[index].id,
                       .kind = std::string(plan::kind_of(steps[index].action)),
                       .components = components_of(steps[index].action),
                       .after = steps[index].after,
                       .end = results[index].end,
                       .duration = results[index].duration,
                       .bytes = hub.bytes(steps[index].id),
                       .message = message_of(steps[index], results[index]),
                       .started = results[index].started});
  }
  return reports;
}

void tell_of_gates(const Gates* gates, Error& failure) {
  if (std::string why = gates == nullptr ? "" : gates->why_stopped(); !why.empty()) {
    failure = Error{.kind = ErrorKind::Timeout, .message = std::move(why)};
  }
}

std::optional<Error> first_failure(const std::vector<StepResult>& results) {
  for (const auto end : {StepEnd::Failed, StepEnd::Partial}) {
    for (const auto& result : results) {
      if (result.end == end && result.error) {
        return result.error;
      }
    }
  }
  return std::nullopt;
}

}  // namespace backstay::runtime
