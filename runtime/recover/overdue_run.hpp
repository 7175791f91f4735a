// A run that lives and hangs past its deadline (frozen, stuck in the kernel's I/O, out of memory
// and swapping) keeps down what it stopped. Who looks whether it lives ends it then.
#pragma once

#include "lang/base/result.hpp"
#include "runtime/journal/pending_undos.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// How long after its deadline a run may go on undoing before it counts as hanging.
inline constexpr std::chrono::seconds kUndoTime{30};

/// This process, which is to have undone everything `deadline` and kUndoTime from now; no limit
/// where the deadline is 0.
[[nodiscard]] RunLimit limit_of_this_run(World& world, std::chrono::seconds deadline);

/// Whether the limit is over and the process still the one that noted it.
[[nodiscard]] bool is_overdue(World& world, const RunLimit& limit);

/// Kills it with all its children, and waits until it is gone. Errors: Busy (it does not go, as a
/// process in the kernel's hands), Io.
[[nodiscard]] Result<void> end_overdue(const RunLimit& limit);

}  // namespace backstay::runtime
