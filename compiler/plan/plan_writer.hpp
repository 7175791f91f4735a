// The canonical bytes of a plan, piece by piece: a plan of 100,000 services has 200 MB of them.
#pragma once

#include <functional>
#include <string_view>

#include "compiler/plan/plan.hpp"

namespace backstay::plan {

/// Takes the next piece of the bytes; the view is valid during the call.
using PlanSink = std::function<void(std::string_view piece)>;

/// Gives all bytes but the digest line to `sink`, in pieces of about 64 KiB. Every string is
/// quoted, keys are in one fixed order, two blanks a level.
void write_content(const Plan& plan, const PlanSink& sink);

}  // namespace backstay::plan
