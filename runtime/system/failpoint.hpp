// Named places where a test can kill the process or make it fail: BACKSTAY_FAILPOINT=NAME:N:ACTION.
//
// N counts from 1: the N-th time the place is passed. ACTION is `kill` (SIGKILL to ourselves),
// `stop` (SIGSTOP: a test changes the world, then says CONT) or an errno name (`ENOSPC`, `EIO`).
// Only builds with BACKSTAY_FAILPOINTS hold them; in a release the macro is nothing.
// `BACKSTAY_FAILPOINT_LOG=FILE` appends the name of every place that is passed, so that a test can
// first learn them all and then visit each.
#pragma once

#include <string_view>

#include "lang/base/result.hpp"

namespace backstay::runtime {

/// Does what the environment asks for here. Error: the injected errno.
[[nodiscard]] Result<void> failpoint(std::string_view name);

}  // namespace backstay::runtime

#ifdef BACKSTAY_FAILPOINTS
#define BACKSTAY_FAILPOINT(name) BACKSTAY_TRY(::backstay::runtime::failpoint(name))
#else
#define BACKSTAY_FAILPOINT(name) \
  do {                           \
  } while (false)
#endif
