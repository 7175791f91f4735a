// The kinds of undo: what each needs, says and does. One line of a table each.
//
// To add one: a function here that carries it out (idempotent: it may have been done already, by
// the run itself or by a recovery that was killed), its line in the table, and PendingUndos::add()
// and done() around what it undoes.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/journal/pending_undos.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// Puts one thing right. Errors: of the thing; BadInput for a kind or arguments that this version
/// does not know.
[[nodiscard]] Result<void> carry_out(World& world, const Undo& undo, const std::stop_token& stop);

/// In words, for messages: `start nova-api.service`.
[[nodiscard]] std::string describe(const Undo& undo);

/// `run-hook`: the hook of a step that undoes another one.
[[nodiscard]] Undo hook_undo(const plan::Step& step);

}  // namespace backstay::runtime
