// Hooks that undo a step (`after-backup`) run whatever happens once that step has begun: also when
// the run is killed between the two.
#pragma once

#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/executor/events.hpp"
#include "runtime/journal/pending_undos.hpp"

namespace backstay::runtime {

/// Borrows both. Called around every step of a backup.
class HookRelease {
 public:
  HookRelease(const std::vector<plan::Step>& steps, PendingUndos& undos)
      : steps_(steps), undos_(undos) {}

  /// Notes the hooks that undo `step`. Errors: as PendingUndos::add; then the step must not begin.
  [[nodiscard]] Result<void> before(const plan::Step& step) const;
  /// A hook that has run is not pending any more, however it ended.
  void after(const plan::Step& step, Events& events) const;

 private:
  const std::vector<plan::Step>& steps_;
  PendingUndos& undos_;
};

}  // namespace backstay::runtime
