// The same work on many things, one worker a core.
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>

#include "lang/base/result.hpp"

namespace backstay::runtime {

/// Calls work(0 … count - 1), each once, from several threads; stops at the first Error and returns
/// it. Errors: that one, or Interrupted.
[[nodiscard]] Result<void> for_each_parallel(std::size_t count,
                                             const std::function<Result<void>(std::size_t)>& work,
                                             const std::stop_token& stop = {});

}  // namespace backstay::runtime
