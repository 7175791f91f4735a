#include "runtime/executor/wait_for_lock.hpp"

#include <thread>

namespace backstay::runtime {

Result<Lock> wait_for_lock(Clock& clock,
                           const std::function<Result<Lock>()>& try_lock,
                           std::chrono::seconds timeout,
                           Events& events,
                           const std::stop_token& stop) {
  const auto until = clock.steady_now() + timeout;
  for (bool told = false;; told = true) {
    auto lock = try_lock();
    if (lock || lock.error().kind != ErrorKind::Busy || clock.steady_now() >= until) {
      return lock;
    }
    if (stop.stop_requested()) {
      return Error{.kind = ErrorKind::Interrupted,
                   .message = "interrupted while waiting for the lock of another run"};
    }
    if (!told) {
      events.warning("", to_string(lock.error()) + "; waiting for it");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

}  // namespace backstay::runtime
