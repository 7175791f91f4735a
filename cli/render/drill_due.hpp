// Whether a drill is due: by the same calendar as the compiler's proofs, and by the evidence in the
// store, so that a machine that slept does it later and one that was rebuilt does not do it twice.
#pragma once

#include <string>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::cli {

struct DrillDue {
  bool due = true;
  std::string text;  ///< why it is not
};

/// Due iff no drill of this name succeeded since its schedule fired last. One without a schedule is
/// always due. Errors: of the store.
[[nodiscard]] Result<DrillDue> drill_due(runtime::World& world,
                                         const plan::Plan& plan,
                                         const plan::Drill& drill);

}  // namespace backstay::cli
