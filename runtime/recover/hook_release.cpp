#include "runtime/recover/hook_release.hpp"

#include "runtime/recover/undo_kinds.hpp"

namespace backstay::runtime {
namespace {

bool is_hook(const plan::Step& step) {
  return !step.undoes.empty() && std::holds_alternative<plan::RunCommand>(step.action);
}

}  // namespace

Result<void> HookRelease::before(const plan::Step& step) const {
  for (const plan::Step& other : steps_) {
    if (is_hook(other) && other.undoes == step.id) {
      BACKSTAY_TRY(undos_.add(hook_undo(other)));
    }
  }
  return {};
}

void HookRelease::after(const plan::Step& step, Events& events) const {
  if (!is_hook(step)) {
    return;
  }
  if (const auto done = undos_.done(hook_undo(step)); !done) {
    events.warning(step.id, to_string(done.error()));
  }
}

}  // namespace backstay::runtime
