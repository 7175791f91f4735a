// When a backup of a plan runs next, by the same calendar as the compiler's proofs.
#pragma once

#include <chrono>
#include <string>

#include "compiler/plan/plan.hpp"

namespace backstay::cli {

struct NextRun {
  std::string text;  ///< `2026-11-23 02:30 UTC, in 21 h`, or why there is none
  std::string at;    ///< RFC 3339, UTC; empty: none
};

/// The first fire after `now`. Looks 400 days ahead.
[[nodiscard]] NextRun next_run(const plan::Plan& plan,
                               const std::string& backup,
                               std::chrono::system_clock::time_point now);

/// The first fire of a schedule of the plan, by its name.
[[nodiscard]] NextRun next_run_of(const plan::Plan& plan,
                                  const std::string& schedule,
                                  std::chrono::system_clock::time_point now);

/// The first fire after `now` of any drill that restores a service of the backup; without text
/// where none does.
[[nodiscard]] NextRun next_drill_of(const plan::Plan& plan,
                                    const std::string& backup,
                                    std::chrono::system_clock::time_point now);

}  // namespace backstay::cli
