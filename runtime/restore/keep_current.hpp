// What a restore is about to replace, as a snapshot: taken by the capture steps of the plan's own
// backup, so it can be restored from like any other, by its id. Never `latest`, never linked from,
// counted nowhere.
#pragma once

#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/seal/seal_key.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// Where nothing was: a blank machine.
inline constexpr const char* kNothingKept = "nothing";

struct KeepRequest {
  const plan::Plan& plan;
  const plan::Backup& backup;
  std::string host;
  std::string store;  ///< path
  SealKey seal = {};  ///< of what is restored: in a sealed store nothing else is written
  std::set<std::string> components;    ///< that will be replaced
  std::set<std::string> without = {};  ///< of those, left out by leave; `all`: all
};

struct KeptCurrent {
  std::string snapshot;              ///< an id, or kNothingKept
  std::vector<std::string> absent;   ///< components of which nothing is there
  std::vector<std::string> without;  ///< those that were left out by leave
};

/// Takes it. The policy's lock must be held. Errors: Refused, with what keeps it from being taken
/// and how to go on without: something cannot be read, the store cannot be written.
[[nodiscard]] Result<KeptCurrent> keep_current(World& world,
                                               const KeepRequest& request,
                                               Events& events,
                                               const std::stop_token& stop);

/// The capture steps that would run, each narrowed to what of the request is there.
[[nodiscard]] Result<std::vector<plan::Step>> keeping_steps(World& world,
                                                            const KeepRequest& request,
                                                            KeptCurrent& kept,
                                                            const std::stop_token& stop);

}  // namespace backstay::runtime
