// Work for several threads, handed over while more of it is still being found. Little waits at a
// time, so that memory does not grow with the amount of work.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "lang/base/result.hpp"

namespace backstay::runtime {

/// Pieces are begun in the order in which they came. After the first Error nothing new is begun.
class WorkQueue {
 public:
  /// worker  0 … workers - 1: the thread that does it
  using Work = std::function<Result<void>(std::size_t worker)>;

  /// waiting  pieces that may wait before submit() does
  WorkQueue(std::size_t workers, std::size_t waiting, std::stop_token stop);
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;
  /// Drops what was not begun and waits for the rest.
  ~WorkQueue();

  /// Waits for room. Errors: the first of any piece, or Interrupted.
  Result<void> submit(Work work);
  /// Waits until all is done; nothing may be submitted afterwards. Errors: as submit().
  Result<void> finish();

  /// One worker a core, 16 at most.
  [[nodiscard]] static std::size_t workers_of_this_machine();

 private:
  void loop(std::size_t worker);
  [[nodiscard]] Result<void> outcome() const;  // mutex_ is held

  std::stop_token stop_;
  std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> waiting_;
  std::size_t running_ = 0;
  bool ended_ = false;
  std::optional<Error> failed_;
  std::vector<std::jthread> threads_;
};

}  // namespace backstay::runtime
