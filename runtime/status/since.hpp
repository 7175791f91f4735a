// The age of what is known by the text of its instant.
#pragma once

#include <chrono>
#include <string>

#include "lang/base/units.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::runtime {

/// Time passed since an instant; none where it lies ahead or the text is no instant.
[[nodiscard]] inline Duration since(const std::string& rfc3339,
                                    std::chrono::system_clock::time_point now) {
  const auto then = from_rfc3339(rfc3339);
  if (!then || *then > now)
    return {};
  return {std::chrono::duration_cast<std::chrono::seconds>(now - *then).count()};
}

}  // namespace backstay::runtime
