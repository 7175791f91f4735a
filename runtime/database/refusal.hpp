// What a restore of databases will not begin.
#pragma once

#include <string>
#include <utility>

#include "lang/base/result.hpp"

namespace backstay::runtime {

/// Nothing was changed: the message says what stands in the way, the hint what to do.
[[nodiscard]] inline Error refused(std::string message, std::string hint) {
  return {.kind = ErrorKind::Refused, .message = std::move(message), .hint = std::move(hint)};
}

}  // namespace backstay::runtime
