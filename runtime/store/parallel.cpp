#include "runtime/store/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace backstay::runtime {

Result<void> for_each_parallel(std::size_t count,
                               const std::function<Result<void>(std::size_t)>& work,
                               const std::stop_token& stop) {
  constexpr std::size_t kMostWorkers = 16;
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::optional<Error> failed;
  const auto loop = [&] {
    while (true) {
      const std::size_t index = next.fetch_add(1);
      if (index >= count)
        return;
      auto done =
          stop.stop_requested()
              ? Result<void>(Error{.kind = ErrorKind::Interrupted, .message = "interrupted"})
              : work(index);
      if (done)
        continue;
      next = count;
      const std::lock_guard guard(mutex);
      if (!failed)
        failed = std::move(done).error();
    }
  };
  const std::size_t cores =
      std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMostWorkers);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < std::min(cores, count); ++i)
      threads.emplace_back(loop);
    loop();
  }
  return failed ? Result<void>(std::move(*failed)) : Result<void>();
}

}  // namespace backstay::runtime
