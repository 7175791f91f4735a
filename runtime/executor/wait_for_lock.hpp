// Waiting for a lock that another run holds.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>

#include "lang/base/result.hpp"
#include "runtime/executor/events.hpp"
#include "runtime/store/lock.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::runtime {

/// At once, or as soon as the other one ends within the time-out; a wait is told once. Errors: what
/// `try_lock` gives, in the end Busy; Interrupted.
[[nodiscard]] Result<Lock> wait_for_lock(Clock& clock,
                                         const std::function<Result<Lock>()>& try_lock,
                                         std::chrono::seconds timeout,
                                         Events& events,
                                         const std::stop_token& stop);

}  // namespace backstay::runtime
