// One mutex for the state, and no thread of the loop's own: who changes something does what follows
// from it. A worker that has ended a step records that, takes the next one and begins it. The
// thread that called waits for deadlines and stops, and for the disk while the workers are busy.
#include "runtime/executor/executor.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include "runtime/executor/due_steps.hpp"

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
        begun_(clock.steady_now()),
        schedule_(steps, options.gates),
        due_(steps, schedule_, recorder, clock, options.parallel <= 1),
        results_(steps.size()) {
    if (options.deadline.count() > 0) {
      deadline_ = begun_ + options.deadline;
    }
  }

  std::vector<StepResult> run() {
    // Why without the mutex: whoever holds it may be printing. A wake-up that is lost comes again.
    const std::stop_callback on_stop(stop_, [this] { changed_.notify_all(); });
    {
      std::unique_lock lock(mutex_);
      while (!schedule_.finished()) {
        settle_and_advance(lock);
        wake(0);
        wait(lock);
      }
    }
    workers_.clear();
    recorder_.settle();
    return std::move(results_);
  }

 private:
  struct Task {
    std::size_t step;
    std::stop_token stop;
  };

  /// All that may happen now: called after every change, on whatever thread made it, so that a
  /// worker goes from one step to the next without another thread in between.
  void advance() {
    if (!schedule_.finished()) {
      notice_stop();
      notice_deadlines();
      schedule_.look_again();
      record_skipped();
      hurry_ = due_.look_ahead(free_places()) || hurry_;
      begin_due();
    }
    (void)recorder_.hand_on();
  }

  [[nodiscard]] std::size_t free_places() const {
    return std::max<std::size_t>(options_.parallel, 1) - running_.size();
  }

  void begin_due() {
    while (free_places() > 0) {
      const auto step = due_.take();
      if (!step) {
        return;
      }
      start(*step);
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
    tasks_.push_back({.step = index, .stop = running.stop.get_token()});
  }

  /// Without the mutex while the disk works.
  void settle_and_advance(std::unique_lock<std::mutex>& lock) {
    hurry_ = false;
    lock.unlock();
    recorder_.settle();
    lock.lock();
    advance();
  }

  /// The others, for what is to be done. `mine`: how many of the tasks the caller takes.
  void wake(std::size_t mine) {
    while (workers_.size() < running_.size()) {
      workers_.emplace_back([this](const std::stop_token& end) { work(end); });
    }
    for (std::size_t task = mine; task < tasks_.size(); ++task) {
      given_.notify_one();
    }
    if (hurry_ || schedule_.finished()) {
      changed_.notify_one();
    }
  }

  void work(const std::stop_token& end) {
    std::unique_lock lock(mutex_);
    while (given_.wait(lock, end, [this] { return !tasks_.empty(); })) {
      const Task task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      auto result = call(steps_[task.step], task.stop);
      lock.lock();
      finish(task.step, std::move(result));
      advance();
      if (tasks_.empty() && hurry_) {
        settle_and_advance(lock);  // nothing else to do, so nobody needs to be woken for it
      }
      wake(1);
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

  void wait(std::unique_lock<std::mutex>& lock) {
    // Why a period: deadlines are few and in seconds, and an end that nothing waits for may last a
    // little later; one timer for all of them is simplest.
    changed_.wait_for(lock, std::chrono::milliseconds(100), [this] {
      return hurry_ || schedule_.finished() || (stop_.stop_requested() && !stopped_);
    });
  }

  void finish(std::size_t step, Result<void> answer) {
    const auto found = std::find_if(running_.begin(), running_.end(),
                                    [&](const Running& running) { return running.step == step; });
    auto& result = results_[step];
    result.duration =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady_now() - found->began);
    result.end = end_of(answer);
    if (!answer) {
      result.error = explain(*found, std::move(answer).error());
    }
    running_.erase(found);
    recorder_.ended(steps_[step], result);
    schedule_.ended(step, result.end);
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
  Steady begun_;
  std::mutex mutex_;  // guards all that follows
  Schedule schedule_;
  DueSteps due_;
  std::vector<StepResult> results_;
  std::condition_variable changed_;
  std::condition_variable_any given_;
  std::deque<Task> tasks_;
  std::list<Running> running_;
  bool hurry_ = false;  // somebody has to settle
  bool stopped_ = false;
  bool run_timed_out_ = false;
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
