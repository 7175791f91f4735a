// Another machine by rsync over ssh: with Backstay there (`backstay receive` as the key's forced
// command) or without.
#pragma once

#include <memory>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/target/ssh_peer.hpp"
#include "runtime/target/target.hpp"

namespace backstay::runtime {

/// Finds out at the first call which of the two it is.
[[nodiscard]] Result<std::unique_ptr<TargetDriver>> make_rsync_target(World& world,
                                                                      const plan::Plan& plan,
                                                                      const plan::Target& target);

/// The far side has Backstay: it lists, proves and commits itself, and our key can delete nothing.
[[nodiscard]] std::unique_ptr<TargetDriver> make_receiving_target(World& world, SshPeer peer);

/// It has not: everything is done by rsync alone, and who has our key can delete there.
[[nodiscard]] std::unique_ptr<TargetDriver> make_plain_rsync_target(World& world, SshPeer peer);

/// `Total bytes sent: N` of what rsync says at its end; 0 where it says none.
[[nodiscard]] std::uint64_t bytes_sent(std::string_view rsync_output);

/// Bytes by `--info=progress2`, of the last line in a piece of output; 0 where there is none.
[[nodiscard]] std::uint64_t bytes_so_far(std::string_view rsync_output);

}  // namespace backstay::runtime
