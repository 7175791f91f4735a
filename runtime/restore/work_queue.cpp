#include "runtime/restore/work_queue.hpp"

#include <algorithm>
#include <utility>

namespace backstay::runtime {

std::size_t WorkQueue::workers_of_this_machine() {
  constexpr std::size_t kMost = 16;
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMost);
}

WorkQueue::WorkQueue(std::size_t workers, std::size_t waiting, std::stop_token stop)
    : stop_(std::move(stop)), most_waiting_(waiting) {
  for (std::size_t worker = 0; worker < workers; ++worker)
    threads_.emplace_back([this, worker] { loop(worker); });
}

WorkQueue::~WorkQueue() {
  {
    const std::lock_guard guard(mutex_);
    waiting_.clear();
    ended_ = true;
  }
  changed_.notify_all();
}

Result<void> WorkQueue::outcome() const {
  if (failed_)
    return *failed_;
  if (stop_.stop_requested())
    return Error{.kind = ErrorKind::Interrupted, .message = "interrupted"};
  return {};
}

Result<void> WorkQueue::submit(Work work) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return waiting_.size() < most_waiting_ || failed_; });
  BACKSTAY_TRY(outcome());
  waiting_.push_back(std::move(work));
  changed_.notify_all();
  return {};
}

Result<void> WorkQueue::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return waiting_.empty() && running_ == 0; });
  ended_ = true;
  changed_.notify_all();
  return outcome();
}

void WorkQueue::loop(std::size_t worker) {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return !waiting_.empty() || ended_; });
    if (waiting_.empty())
      return;
    Work work = std::move(waiting_.front());
    waiting_.pop_front();
    ++running_;
    lock.unlock();
    changed_.notify_all();
    auto done = stop_.stop_requested()
                    ? Result<void>(Error{.kind = ErrorKind::Interrupted, .message = "interrupted"})
                    : work(worker);
    work = nullptr;
    lock.lock();
    --running_;
    if (!done) {
      waiting_.clear();
      if (!failed_)
        failed_ = std::move(done).error();
    }
    changed_.notify_all();
  }
}

}  // namespace backstay::runtime
