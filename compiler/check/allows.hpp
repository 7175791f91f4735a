// `allow`: the one way to live with a finding. It names the finding and whom it is about, gives a
// reason, and ends on a day; so nothing is silenced by accident, in bulk or for ever.
#pragma once

#include <chrono>
#include <optional>

#include "compiler/check/declaration_places.hpp"
#include "compiler/model/policy.hpp"
#include "lang/base/diagnostic.hpp"

namespace backstay::compiler {

/// Silences what the policy allows, and reports each `allow` that is over, that must not be, or
/// that silences nothing. Comes after all other checks. today  no `allow` is over where it is not
/// known
void apply_allows(const Policy& policy,
                  const DeclarationPlaces& places,
                  std::optional<std::chrono::local_days> today,
                  lang::Diagnostics& diagnostics);

}  // namespace backstay::compiler
