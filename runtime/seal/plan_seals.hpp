// What of a plan is sealed, and to whom.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/seal/sealer.hpp"

namespace backstay::runtime {

/// The key of a target; without recipients where it is not sealed.
[[nodiscard]] SealKey key_of(const plan::Plan& plan, const std::string& target);

/// What seals a target; null where it is not sealed. Errors: those of Sealer::open.
[[nodiscard]] Result<std::shared_ptr<const Sealer>> open_sealer(CommandRunner& commands,
                                                                const plan::Plan& plan,
                                                                const std::string& target,
                                                                std::stop_token stop);

/// Whether everything that steps seal can be sealed: tried before the first of them begins.
/// Errors: those of Sealer::open.
[[nodiscard]] Result<void> check_seals(CommandRunner& commands,
                                       const plan::Plan& plan,
                                       const std::vector<plan::Step>& steps,
                                       std::stop_token stop);

/// Why a copy cannot be made for its seals; empty where it can. What is sealed cannot be sealed to
/// others by a host that cannot open it.
[[nodiscard]] std::string copy_refusal(const plan::Plan& plan, const plan::CopySnapshot& copy);

/// `sealed with key offsite (age1…, age1…)`, for a dry run; empty where the target is not sealed.
[[nodiscard]] std::string seal_text(const plan::Plan& plan, const std::string& target);

}  // namespace backstay::runtime
