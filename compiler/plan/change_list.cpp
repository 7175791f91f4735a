#include "compiler/plan/change_list.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace backstay::plan {

void ChangeList::add(Effect effect, std::string subject, std::string was, std::string is) {
  const ChangeKind kind = is.empty()    ? ChangeKind::Removed
                          : was.empty() ? ChangeKind::Added
                                        : ChangeKind::Changed;
  changes_.push_back({.effect = effect,
                      .kind = kind,
                      .subject = std::move(subject),
                      .before = std::move(was),
                      .after = std::move(is)});
}

void ChangeList::differ(Effect effect,
                        const std::string& subject,
                        const std::string& was,
                        const std::string& is,
                        std::optional<Effect> removed,
                        std::optional<Effect> added) {
  if (was == is) {
    return;
  }
  const Effect chosen = is.empty()    ? removed.value_or(effect)
                        : was.empty() ? added.value_or(effect)
                                      : effect;
  add(chosen, subject, was, is);
}

Effect ChangeList::of_schedule(const Plan& before,
                               const std::string& was,
                               const Plan& after,
                               const std::string& is) const {
  const Schedule* const old_one = before.schedule(was);
  const Schedule* const new_one = after.schedule(is);
  if (!gap_ || old_one == nullptr || new_one == nullptr || old_one->rule == new_one->rule) {
    return Effect::ScheduleMoved;
  }
  const auto old_gap = gap_(old_one->rule);
  const auto new_gap = gap_(new_one->rule);
  return old_gap && (!new_gap || *new_gap > *old_gap) ? Effect::LongerObjective
                                                      : Effect::ScheduleMoved;
}

std::vector<Change> ChangeList::take() {
  std::stable_sort(changes_.begin(), changes_.end(), [](const Change& one, const Change& other) {
    return std::tie(one.effect, one.subject) < std::tie(other.effect, other.subject);
  });
  return std::exchange(changes_, {});
}

}  // namespace backstay::plan
