// How many recovery points a backup has after some time: the retention, played through.
#pragma once

#include <cstddef>
#include <string>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "lang/base/units.hpp"

namespace backstay::compiler {

/// The longest time that is played through: some eleven years.
inline constexpr Duration longest_simulation{4000LL * 24 * 60 * 60};

/// Points that stay once `after` has passed since 2027-01-01 in the policy's zone (language.md,
/// section 5.7), from an empty store, with a point at each fire. BadInput: the backup has no
/// schedule, its times cannot be worked out, or it does not go to that target.
[[nodiscard]] Result<std::size_t> count_kept(const plan::Plan& plan,
                                             const plan::Backup& backup,
                                             const std::string& target,
                                             Duration after);

}  // namespace backstay::compiler
