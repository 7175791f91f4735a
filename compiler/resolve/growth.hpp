// How large a policy may grow from what is written: short texts mean much by profiles, groups and
// `all services`, and no text of 1 MiB may take the memory of the machine that checks it.
#pragma once

#include <cstddef>

#include "compiler/model/policy.hpp"
#include "lang/base/diagnostic.hpp"

namespace backstay::compiler {

/// Facts that profiles give to services, all together.
inline constexpr std::size_t kMostFactsFromProfiles = 400'000;
/// Services that `all services` stands for in covers, promises and drills, all together.
inline constexpr std::size_t kMostServicesNamed = 2'000'000;
/// Components that all backups capture, each once a host.
inline constexpr std::size_t kMostComponents = 400'000;

/// Counts `more` onto `count`; reports at `place` when that passes `limit`, once. False from then
/// on. what  `profiles give the services of the policy more than 400000 facts`
[[nodiscard]] bool may_grow(std::size_t& count,
                            std::size_t more,
                            std::size_t limit,
                            const Span& place,
                            const char* what,
                            lang::Diagnostics& diagnostics);

/// Reports the first backup with which the policy has more than kMostComponents.
void check_growth(const Policy& policy, lang::Diagnostics& diagnostics);

}  // namespace backstay::compiler
