#include "runtime/executor/executor.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

namespace backstay::runtime {
namespace {

using Steady = std::chrono::steady_clock::time_point;

/// A step that a worker has.
struct Running {
  std::size_t step;
  std::stop_source stop;
  Steady began;
  std::optional<Steady> deadline;
  bool timed_out = false;
};

Error interrupted(const plan::Step& step) {
  return Error{.kind = ErrorKind::Interrupted, .message = "`" + step.id + "` was interrupted"};
}

StepEnd end_of(const Result<void>& answer) {
  if (answer) {
    return StepEnd::Done;
  }
  return answer.error().kind == ErrorKind::Partial ? StepEnd::Partial : StepEnd::Failed;
}

class Loop {
 public:
  Loop(const std::vector<plan::Step>& steps,
       const StepFunction& function,
       Recorder& recorder,
       Clock& clock,
       const ExecutorOptions& options,
       std::stop_token stop)
      : steps_(steps),
        function_(function),
        recorder_(recorder),
        clock_(clock),
        options_(options),
        stop_(std::move(stop)),
        schedule_(steps, options.gates),
        results_(steps.size()),
        begun_(clock.steady_now()) {
    if (options.deadline.count() > 0) {
      deadline_ = begun_ + options.deadline;
    }
  }

  std::vector<StepResult> run() {
    const std::stop_callback on_stop(stop_, [this] {
      const std::lock_guard lock(mutex_);
      changed_.notify_all();
    });
    record_skipped();
    while (!schedule_.finished()) {
      notice_stop();
      notice_deadlines();
      schedule_.look_again();
      record_skipped();
      start_ready();
      recorder_.settle();
      hand_over();
      if (!running_.empty() || (options_.gates != nullptr && !schedule_.finished())) {
        wait_for_one();
      }
    }
    recorder_.settle();
    return std::move(results_);
  }

 private:
  struct Task {
    std::size_t step;
    std::stop_token stop;
  };

  struct Answer {
    std::size_t step;
    Result<void> result;
  };

  void start_ready() {
    while (!schedule_.ready().empty() &&
           running_.size() < std::max<std::size_t>(options_.parallel, 1)) {
      start(*schedule_.ready().begin());
    }
  }

  void start(std::size_t index) {
    const plan::Step& step = steps_[index];
    schedule_.started(index);
    recorder_.started(step);
    const auto now = clock_.steady_now();
    results_[index].started = std::chrono::duration_cast<std::chrono::milliseconds>(now - begun_);
    auto& running = running_.emplace_back(Running{.step = index,
                                                  .stop = std::stop_source(),
                                                  .began = now,
                                                  .deadline = std::nullopt,
                                                  .timed_out = false});
    if (step.timeout.seconds > 0) {
      running.deadline = now + std::chrono::seconds(step.timeout.seconds);
    }
    begun_now_.push_back({.step = index, .stop = running.stop.get_token()});
  }

  /// What has just been recorded as started begins. Why threads are kept: a child ends with the
  /// thread that started it, and making one costs as much as a small step.
  void hand_over() {
    if (begun_now_.empty()) {
      return;
    }
    const std::lock_guard lock(mutex_);
    while (workers_.size() < running_.size()) {
      workers_.emplace_back([this](const std::stop_token& end) { work(end); });
    }
    for (Task& task : begun_now_) {
      tasks_.push_back(std::move(task));
      given_.notify_one();
    }
    begun_now_.clear();
  }

  void work(const std::stop_token& end) {
    std::unique_lock lock(mutex_);
    while (given_.wait(lock, end, [this] { return !tasks_.empty(); })) {
      const Task task = tasks_.front();
      tasks_.pop_front();
      lock.unlock();
      auto result = call(steps_[task.step], task.stop);
      lock.lock();
      answers_.push_back({.step = task.step, .result = std::move(result)});
      changed_.notify_one();
    }
  }

  /// An exception is a bug; it must not take the other steps with it.
  Result<void> call(const plan::Step& step, const std::stop_token& stop) const {
    try {
      return function_(step, stop);
    } catch (const std::exception& bug) {
      return Error{.kind = ErrorKind::Io,
                   .message = std::string("internal error: ") + bug.what(),
                   .hint = "please report it"};
    }
  }

  /// Once: nothing new starts, and what runs is told. A step that starts later (an `always` one) is
  /// not, so it can do its work.
  void notice_stop() {
    const bool over = deadline_ && clock_.steady_now() >= *deadline_;
    if (stopped_ || (!stop_.stop_requested() && !over)) {
      return;
    }
    stopped_ = true;
    run_timed_out_ = !stop_.stop_requested();
    for (auto& running : running_) {
      running.timed_out = running.timed_out || run_timed_out_;
      running.stop.request_stop();
    }
    schedule_.stop();
    record_skipped();
  }

  void notice_deadlines() {
    const auto now = clock_.steady_now();
    for (auto& running : running_) {
      if (running.deadline && now >= *running.deadline && !running.stop.stop_requested()) {
        running.timed_out = true;
        running.stop.request_stop();
      }
    }
  }

  void wait_for_one() {
    std::unique_lock lock(mutex_);
    const auto woken = [this] {
      return !answers_.empty() || (stop_.stop_requested() && !stopped_);
    };
    // Why a period: deadlines are few and in seconds; one timer for all of them is simplest.
    changed_.wait_for(lock, std::chrono::milliseconds(200), woken);
    auto answers = std::exchange(answers_, {});
    lock.unlock();
    for (auto& answer : answers) {
      finish(answer);
    }
  }

  void finish(Answer& answer) {
    const auto found = std::find_if(running_.begin(), running_.end(), [&](const Running& running) {
      return running.step == answer.step;
    });
    auto& result = results_[answer.step];
    result.duration =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady_now() - found->began);
    result.end = end_of(answer.result);
    if (!answer.result) {
      result.error = explain(*found, std::move(answer.result).error());
    }
    running_.erase(found);
    recorder_.ended(steps_[answer.step], result);
    schedule_.ended(answer.step, result.end);
    record_skipped();
  }

  /// A step that was cut short tells of a broken pipe or an interruption; the reason is what
  /// counts.
  [[nodiscard]] Error explain(const Running& running, Error error) const {
    if (!running.stop.stop_requested() || error.kind == ErrorKind::Partial) {
      return error;
    }
    if (!running.timed_out) {
      return error.kind == ErrorKind::Interrupted ? error : interrupted(steps_[running.step]);
    }
    const auto seconds = run_timed_out_ ? options_.deadline.count()
                                        : std::int64_t{steps_[running.step].timeout.seconds};
    return Error{.kind = ErrorKind::Timeout,
                 .message = "`" + steps_[running.step].id + "` did not end within " +
                            to_human(Duration{seconds})};
  }

  void record_skipped() {
    for (auto& skipped : schedule_.take_skipped()) {
      auto& result = results_[skipped.step];
      result.end = StepEnd::Skipped;
      result.because = std::move(skipped.because);
      recorder_.ended(steps_[skipped.step], result);
    }
  }

  const std::vector<plan::Step>& steps_;
  const StepFunction& function_;
  Recorder& recorder_;
  Clock& clock_;
  const ExecutorOptions& options_;
  std::stop_token stop_;
  std::optional<Steady> deadline_;
  Schedule schedule_;
  std::vector<StepResult> results_;
  Steady begun_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable_any given_;
  std::deque<Task> tasks_;      // guarded by mutex_
  std::deque<Answer> answers_;  // guarded by mutex_
  std::vector<Task> begun_now_;
  bool stopped_ = false;
  bool run_timed_out_ = false;
  std::list<Running> running_;
  std::vector<std::jthread> workers_;  // last: they end before the rest is destroyed
};

}  // namespace

std::vector<StepResult> execute_graph(const std::vector<plan::Step>& steps,
                                      const StepFunction& function,
                                      Recorder& recorder,
                                      Clock& clock,
                                      const ExecutorOptions& options,
                                      std::stop_token stop) {
  return Loop(steps, function, recorder, clock, options, std::move(stop)).run();
}

}  // namespace backstay::runtime
