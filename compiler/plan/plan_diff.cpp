#include "compiler/plan/plan_diff.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/plan/change_list.hpp"
#include "compiler/plan/plan_sources.hpp"
#include "compiler/plan/plan_yaml.hpp"
#include "compiler/plan/renames.hpp"
#include "lang/base/units.hpp"

namespace backstay::plan {
namespace {

// A database that `database all` leaves out has no reason of its own.
std::string with_reason(const std::string& pattern, const std::string& reason) {
  return reason.empty() ? pattern : fmt::format("{}: {}", pattern, reason);
}

/// Compares two plans topic by topic; each function appends to one list.
class Comparison {
 public:
  /// renamed  `before` bears the names of `after`, so its lists may be in another order
  Comparison(const Plan& before, const Plan& after, bool renamed, const LongestGap& gap)
      : before_(before), after_(after), renamed_(renamed), changes_(gap) {}

  std::vector<Change> compare() {
    find_orphans(before_, after_, changes_);
    compare_sources();
    compare_services();
    compare_backups();
    compare_copies(before_, after_, changes_);
    compare_retentions(before_, after_, changes_);
    compare_targets(before_, after_, changes_);
    compare_schedules(before_, after_, changes_);
    compare_access(before_, after_, changes_);
    compare_commands(before_, after_, changes_);
    compare_drills(before_, after_, changes_);
    compare_promises(before_, after_, changes_);
    compare_facts(before_, after_, changes_);
    compare_rest();
    return changes_.take();
  }

 private:
  void compare_sources() {
    each(sources_of(before_), sources_of(after_),
         [&](const std::string& name, const Source* was, const Source* is) {
           const std::string subject = "component " + name;
           if (was == nullptr) {
             changes_.add(Effect::Cost, subject, "", fmt::format("{} ({})", is->what, is->how));
           } else if (is == nullptr) {
             changes_.add(Effect::CoverageLost, subject,
                          fmt::format("{} ({})", was->what, was->how), "");
           } else {
             compare_source(subject, *was, *is);
           }
         });
  }

  void compare_source(const std::string& subject, const Source& was, const Source& is) {
    if (was.what != is.what || was.how != is.how) {
      changes_.add(Effect::CoverageLost, subject, fmt::format("{} ({})", was.what, was.how),
                   fmt::format("{} ({})", is.what, is.how));
    }
    for (const auto& [pattern, reason] : is.excepts) {
      if (!was.excepts.contains(pattern)) {
        changes_.add(Effect::CoverageLost, subject, "",
                     "leaves out " + with_reason(pattern, reason));
      } else if (was.excepts.at(pattern) != reason) {
        changes_.add(Effect::Cosmetic, subject, with_reason(pattern, was.excepts.at(pattern)),
                     with_reason(pattern, reason));
      }
    }
    for (const auto& [pattern, reason] : was.excepts) {
      if (!is.excepts.contains(pattern)) {
        changes_.add(Effect::Cost, subject, "leaves out " + with_reason(pattern, reason), "");
      }
    }
    compare_words(subject, "keeps", was.keeps, is.keeps, Effect::Cost, Effect::CoverageLost);
    compare_words(subject, "tolerates", was.tolerances, is.tolerances, Effect::CoverageLost,
                  Effect::Cosmetic);
  }

  void compare_words(const std::string& subject,
                     std::string_view verb,
                     const std::set<std::string>& was,
                     const std::set<std::string>& is,
                     Effect when_added,
                     Effect when_removed) {
    for (const std::string& word : is) {
      if (!was.contains(word)) {
        changes_.add(when_added, subject, "", fmt::format("{} {}", verb, word));
      }
    }
    for (const std::string& word : was) {
      if (!is.contains(word)) {
        changes_.add(when_removed, subject, fmt::format("{} {}", verb, word), "");
      }
    }
  }

  static std::string commands_text(const Service& service) {
    std::vector<std::string> lines;
    for (const Probe& probe : service.checks) {
      lines.push_back(fmt::format("{} (exit {}, within {})", fmt::join(probe.command, " "),
                                  fmt::join(probe.accepts, " or "), to_string(probe.within)));
    }
    return fmt::format("{}", fmt::join(lines, "; "));
  }

  static std::string held_text(const Service& service) {
    std::vector<std::string> lines;
    for (const HeldUnits& held : service.held) {
      lines.push_back(fmt::format("{}: {}", fmt::join(held.units, ", "), held.because));
    }
    return fmt::format("{}", fmt::join(lines, "; "));
  }

  static std::string standing(const Service& service) {
    return !service.unprotected_because.empty() ? "not backed up: " + service.unprotected_because
           : service.external                   ? "external"
                                                : "";
  }

  void compare_services() {
    each_named(before_.services, after_.services,
               [&](const std::string& name, const Service* was, const Service* is) {
                 const std::string subject = "service " + name;
                 const Service nothing;
                 const Service& old_one = was == nullptr ? nothing : *was;
                 const Service& new_one = is == nullptr ? nothing : *is;
                 const bool stays =
                     !old_one.unprotected_because.empty() && !new_one.unprotected_because.empty();
                 changes_.differ(stays ? Effect::Cosmetic : Effect::CoverageLost, subject,
                                 standing(old_one), standing(new_one), Effect::Cost);
                 changes_.differ(Effect::CommandChanged, subject, commands_text(old_one),
                                 commands_text(new_one));
                 changes_.differ(Effect::CommandChanged, subject + " left stopped",
                                 held_text(old_one), held_text(new_one));
                 changes_.differ(Effect::Cosmetic, subject + " on",
                                 fmt::format("{}", fmt::join(old_one.hosts, ", ")),
                                 fmt::format("{}", fmt::join(new_one.hosts, ", ")));
                 const bool in_both = was != nullptr && is != nullptr;
                 const Effect order = in_both ? Effect::CommandChanged : Effect::Cosmetic;
                 changes_.differ(order, subject + " needs",
                                 fmt::format("{}", fmt::join(old_one.needs, ", ")),
                                 fmt::format("{}", fmt::join(new_one.needs, ", ")));
                 changes_.differ(order, subject + " units",
                                 fmt::format("{}", fmt::join(old_one.units, ", ")),
                                 fmt::format("{}", fmt::join(new_one.units, ", ")));
               });
  }

  void compare_backups() {
    each_named(before_.backups, after_.backups,
               [&](const std::string& name, const Backup* was, const Backup* is) {
                 const std::string subject = "backup " + name;
                 if (was == nullptr || is == nullptr) {
                   changes_.add(was == nullptr ? Effect::Cost : Effect::CoverageLost, subject,
                                was == nullptr ? "" : "to " + was->target,
                                is == nullptr ? "" : "to " + is->target);
                   return;
                 }
                 const std::string by_hand = "by hand only";
                 if (was->schedule != is->schedule) {
                   changes_.add(is->schedule.empty() ? Effect::LongerObjective
                                                     : changes_.of_schedule(before_, was->schedule,
                                                                            after_, is->schedule),
                                subject, was->schedule.empty() ? by_hand : was->schedule,
                                is->schedule.empty() ? by_hand : is->schedule);
                 }
                 // Who has the timer logs in at all others.
                 changes_.differ(Effect::NewAccess, subject + " timer on", was->run_on, is->run_on,
                                 Effect::ScheduleMoved);
                 changes_.differ(Effect::FewerCopies, subject + " target", was->target, is->target);
                 compare_chosen_retention(before_, after_, subject, was->retention, is->retention,
                                          changes_);
                 changes_.differ(Effect::Cosmetic, subject + " deadline", to_string(was->deadline),
                                 to_string(is->deadline));
                 compare_chosen_notify(before_, after_, subject, was->notify, is->notify, changes_);
                 compare_steps(subject, was->backup, is->backup);
                 compare_steps(subject + " restore", was->restore, is->restore);
               });
  }

  // Which steps there are is said by the components; here it is how those in both plans run.
  void compare_steps(const std::string& subject,
                     const std::vector<Step>& was,
                     const std::vector<Step>& is) {
    std::map<std::string, Step> old_steps;
    for (const Step& step : was) {
      old_steps.emplace(step.id, step);
    }
    bool same_steps = was.size() == is.size();
    bool same_order = same_steps;
    std::map<std::pair<std::string, std::string>, std::vector<std::string>> run_otherwise;
    for (std::size_t at = 0; at < is.size(); ++at) {
      const auto old_step = old_steps.find(is[at].id);
      if (old_step == old_steps.end()) {
        same_steps = false;
        continue;
      }
      const Step& old_one = old_step->second;
      changes_.differ(Effect::Cosmetic, subject + " step " + is[at].id, old_one.from, is[at].from);
      run_otherwise[{how_it_runs(old_one), how_it_runs(is[at])}].push_back(is[at].id);
      same_order =
          same_order && old_one.after == is[at].after && (renamed_ || was[at].id == is[at].id);
    }
    for (const auto& [how, ids] : run_otherwise) {
      changes_.differ(Effect::Cosmetic,
                      ids.size() == 1 ? fmt::format("{} step {}", subject, ids.front())
                                      : fmt::format("{} {} steps", subject, ids.size()),
                      how.first, how.second);
    }
    if (same_steps && !same_order) {
      changes_.add(Effect::Cosmetic, subject, "one order of steps", "another");
    }
  }

  static std::string how_it_runs(const Step& step) {
    return fmt::format("time limit {}{}{}", to_string(step.timeout), step.always ? ", always" : "",
                       step.required ? "" : ", not required");
  }

  // Whatever no rule above names still makes another plan, and the reviewer is told so.
  void compare_rest() {
    std::map<std::string, std::string> was;
    std::map<std::string, std::string> is;
    for (const auto& [plan, side] : {std::pair{&before_, &was}, std::pair{&after_, &is}}) {
      for (const Parameter& parameter : plan->parameters) {
        side->emplace(parameter.name, parameter.value);
      }
    }
    each(was, is,
         [&](const std::string& name, const std::string* old_one, const std::string* new_one) {
           changes_.differ(Effect::Cosmetic, "param " + name, old_one == nullptr ? "" : *old_one,
                           new_one == nullptr ? "" : *new_one);
         });
    if (before_.policy != after_.policy) {
      changes_.add(Effect::HistoryOrphaned, "policy", before_.policy,
                   after_.policy + ": points are found by the policy's name");
    }
    compare_suppressions();
    if (changes_.empty() && without_order(before_) != without_order(after_)) {
      changes_.add(Effect::Cosmetic, "plan", "other details", "these");
    }
  }

  static void sort_steps(std::vector<Step>& steps) {
    std::sort(steps.begin(), steps.end(),
              [](const Step& one, const Step& other) { return one.id < other.id; });
  }

  static void sort_names(auto& records) {
    std::sort(records.begin(), records.end(),
              [](const auto& one, const auto& other) { return one.name < other.name; });
  }

  // Renames put lists into another order, and the line that says them is no change of its own.
  [[nodiscard]] Plan without_order(Plan plan) const {
    plan.moved.clear();
    if (!renamed_) {
      return plan;
    }
    sort_names(plan.hosts);
    sort_names(plan.services);
    sort_names(plan.targets);
    sort_names(plan.backups);
    std::sort(plan.promises.begin(), plan.promises.end(), [](const auto& one, const auto& other) {
      return std::tie(one.subject, one.promise) < std::tie(other.subject, other.promise);
    });
    std::sort(plan.suppressions.begin(), plan.suppressions.end(),
              [](const auto& one, const auto& other) {
                return std::tie(one.code, one.kind, one.name) <
                       std::tie(other.code, other.kind, other.name);
              });
    for (Backup& backup : plan.backups) {
      sort_steps(backup.backup);
      sort_steps(backup.restore);
      for (Copy& copy : backup.copies) {
        sort_steps(copy.steps);
      }
    }
    for (Drill& drill : plan.drills) {
      sort_steps(drill.steps);
    }
    return plan;
  }

  // A finding that is lived with weakens what the policy proves.
  void compare_suppressions() {
    const auto texts = [](const Plan& plan) {
      std::map<std::string, std::string> lines;
      for (const Suppression& one : plan.suppressions) {
        lines.emplace(fmt::format("allow {} on {} {}", one.code, one.kind, one.name),
                      fmt::format("until {}: {}", one.until, one.because));
      }
      return lines;
    };
    each(texts(before_), texts(after_),
         [&](const std::string& name, const std::string* was, const std::string* is) {
           changes_.differ(Effect::LongerObjective, name, was == nullptr ? "" : *was,
                           is == nullptr ? "" : *is, Effect::Cosmetic);
         });
  }

  const Plan& before_;
  const Plan& after_;
  bool renamed_;
  ChangeList changes_;
};

}  // namespace

std::string_view to_string(Effect effect) {
  switch (effect) {
    case Effect::HistoryOrphaned:
      return "history orphaned";
    case Effect::CoverageLost:
      return "coverage lost";
    case Effect::DeletedEarlier:
      return "deleted earlier";
    case Effect::FewerCopies:
      return "fewer or other copies";
    case Effect::WeakerEncryption:
      return "weaker encryption or other key";
    case Effect::LongerObjective:
      return "longer objective";
    case Effect::ObjectiveChanged:
      return "objective changed";
    case Effect::NewAccess:
      return "new access";
    case Effect::CommandChanged:
      return "command changed";
    case Effect::ScheduleMoved:
      return "schedule moved";
    case Effect::Cost:
      return "cost";
    case Effect::Cosmetic:
      return "cosmetic";
  }
  return "";
}

bool PlanDiff::weaker() const {
  return std::any_of(changes.begin(), changes.end(),
                     [](const Change& change) { return weakens(change.effect); });
}

bool PlanDiff::orphans() const {
  return std::any_of(changes.begin(), changes.end(),
                     [](const Change& change) { return change.code == "BST0910"; });
}

PlanDiff diff(const Plan& before, const Plan& after, const LongestGap& gap) {
  // What bears the old names in both, or in neither, is not renamed by `moved` here.
  const Plan old_one = renamed(before, after.moved);
  return {.policy = after.policy,
          .old_digest = digest(before),
          .new_digest = digest(after),
          .changes = Comparison(old_one, after, old_one != before, gap).compare()};
}

}  // namespace backstay::plan
