// What this version carries out of all that a plan can ask for.
//
// A plan holds every fact of its policy; a version of the runtime may not do all of them yet. It
// says so before the first side effect, never by leaving a step out in silence.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"

namespace backstay::runtime {

enum class Support : std::uint8_t {
  Done,     ///< carried out
  Left,     ///< does nothing; safe to leave, and the report says so
  Refused,  ///< a run or restore that holds one does not begin
};

/// The table of step kinds.
[[nodiscard]] Support support_of(const plan::Action& action);

/// Why a step cannot be carried out; empty where it can. Looks beyond the kind: a commit into a
/// sealed target, a login that is not a file.
[[nodiscard]] std::string refusal_of(const plan::Plan& plan, const plan::Step& step);

/// The error that keeps a graph from beginning, with each step that is refused and the fact that
/// asked for it; nothing where all can be carried out. Kind ToolMissing: exit 69.
[[nodiscard]] std::optional<Error> find_unsupported(const plan::Plan& plan,
                                                    const std::vector<plan::Step>& steps);

/// Steps of `graph` on other hosts that hold a service still and that `steps`, those of one host,
/// wait for: `dump.db@ctl01 waits for stop.nova@compute001`.
[[nodiscard]] std::vector<std::string> waits_elsewhere(const std::vector<plan::Step>& graph,
                                                       const std::vector<plan::Step>& steps);

/// The error that keeps a backup from beginning whose services are held still on other hosts, too.
[[nodiscard]] std::optional<Error> find_split_hold(const std::vector<plan::Step>& graph,
                                                   const std::vector<plan::Step>& steps);

/// For the reader of a plan: one line for each graph that this version refuses or does in part.
[[nodiscard]] std::vector<std::string> support_notes(const plan::Plan& plan);

}  // namespace backstay::runtime
