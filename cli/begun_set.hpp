// STATE/engine/SET/begun.json   a set that a call began and did not end: its hosts may still wait
// in it
#pragma once

#include <optional>
#include <string>

#include "runtime/steps/context.hpp"

namespace backstay::cli {

struct BegunSet {
  std::string set;
  std::string started;  ///< RFC 3339, UTC
};

/// Durable before any host is touched. `call`: what a later call must say, too, to be the same.
[[nodiscard]] Result<void> note_begun(runtime::World& world,
                                      const BegunSet& set,
                                      const std::string& call);

/// The record of the set is there.
void forget_begun(runtime::World& world, const std::string& set);

/// The newest that this very call began, not before `oldest` (RFC 3339, UTC).
[[nodiscard]] std::optional<BegunSet> find_begun(runtime::World& world,
                                                 const std::string& call,
                                                 const std::string& oldest);

}  // namespace backstay::cli
