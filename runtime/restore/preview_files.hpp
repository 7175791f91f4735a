// What a dry run says of one tree of a restore: what would change, by counts and sizes, and what
// stands in the way.
#pragma once

#include <string>

#include "runtime/restore/place_files.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// A top of the request and where it goes. Read-only.
[[nodiscard]] Preview preview_top(const PlaceRequest& request,
                                  const std::string& top,
                                  StepContext& context);

}  // namespace backstay::runtime
