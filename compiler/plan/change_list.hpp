// The changes between two plans, gathered: what the parts of the diff have in common.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "compiler/plan/plan_diff.hpp"
#include "lang/base/units.hpp"

namespace backstay::plan {

/// Of a duration in a plan; 0 where none is set.
[[nodiscard]] inline std::int64_t seconds_of(const std::string& text) {
  const auto duration = parse_duration(text);
  return duration ? duration->seconds : 0;
}

class ChangeList {
 public:
  explicit ChangeList(LongestGap gap) : gap_(std::move(gap)) {}

  /// What it means that `is` is run instead of `was`: names of schedules of the two plans.
  [[nodiscard]] Effect of_schedule(const Plan& before,
                                   const std::string& was,
                                   const Plan& after,
                                   const std::string& is) const;

  /// Where one of the texts is empty, something was added or removed.
  void add(Effect effect, std::string subject, std::string was, std::string is);

  /// Adds a change where the texts differ.
  /// removed  the effect where only the old text is there
  /// added    the effect where only the new one is there
  void differ(Effect effect,
              const std::string& subject,
              const std::string& was,
              const std::string& is,
              std::optional<Effect> removed = {},
              std::optional<Effect> added = {});

  [[nodiscard]] bool empty() const { return changes_.empty(); }

  /// The code of the finding that the last change is; see Change::code.
  void mark(std::string_view code) { changes_.back().code = code; }

  /// Worst effect first, then by subject; leaves the list empty.
  [[nodiscard]] std::vector<Change> take();

 private:
  LongestGap gap_;
  std::vector<Change> changes_;
};

/// Calls `pair(name, old or null, new or null)` for every name in either map.
template <typename Map, typename Pair>
void each(const Map& before, const Map& after, const Pair& pair) {
  std::set<std::string> names;
  for (const Map* side : {&before, &after}) {
    for (const auto& [name, value] : *side) {
      names.insert(name);
    }
  }
  for (const std::string& name : names) {
    const auto old_one = before.find(name);
    const auto new_one = after.find(name);
    pair(name, old_one == before.end() ? nullptr : &old_one->second,
         new_one == after.end() ? nullptr : &new_one->second);
  }
}

/// Likewise for records with a name.
template <typename T, typename Pair>
void each_named(const std::vector<T>& before, const std::vector<T>& after, const Pair& pair) {
  std::map<std::string, const T*> old_ones;
  std::map<std::string, const T*> new_ones;
  for (const T& one : before) {
    old_ones.emplace(one.name, &one);
  }
  for (const T& one : after) {
    new_ones.emplace(one.name, &one);
  }
  each(old_ones, new_ones, [&](const std::string& name, const T* const* was, const T* const* is) {
    pair(name, was == nullptr ? nullptr : *was, is == nullptr ? nullptr : *is);
  });
}

/// Parts of the diff, one file each; every one appends what it finds.
void compare_targets(const Plan& before, const Plan& after, ChangeList& changes);
void compare_copies(const Plan& before, const Plan& after, ChangeList& changes);
void compare_retentions(const Plan& before, const Plan& after, ChangeList& changes);
void compare_chosen_retention(const Plan& before,
                              const Plan& after,
                              const std::string& subject,
                              const std::string& was,
                              const std::string& is,
                              ChangeList& changes);
void compare_schedules(const Plan& before, const Plan& after, ChangeList& changes);
void compare_commands(const Plan& before, const Plan& after, ChangeList& changes);
/// Who is told of a run's end: nobody, of a failure, is a weakening.
void compare_chosen_notify(const Plan& before,
                           const Plan& after,
                           const std::string& subject,
                           const std::string& was,
                           const std::string& is,
                           ChangeList& changes);
void compare_drills(const Plan& before, const Plan& after, ChangeList& changes);
void compare_access(const Plan& before, const Plan& after, ChangeList& changes);
/// Every fact of services, backups, drills and steps that no other part looks at.
void compare_facts(const Plan& before, const Plan& after, ChangeList& changes);
/// What is promised to each service, part by part, and whether any backup covers it.
void compare_promises(const Plan& before, const Plan& after, ChangeList& changes);
/// Services that went, and came again under another name without a `moved`.
void find_orphans(const Plan& before, const Plan& after, ChangeList& changes);

}  // namespace backstay::plan
