#include "compiler/plan/plan_diff.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/plan/plan_sources.hpp"
#include "compiler/plan/plan_yaml.hpp"
#include "lang/base/units.hpp"

namespace backstay::plan {
namespace {

/// Compares two plans topic by topic; each function appends to one list.
class Comparison {
 public:
  Comparison(const Plan& before, const Plan& after) : before_(before), after_(after) {}

  std::vector<Change> compare() {
    compare_sources();
    compare_services();
    compare_backups();
    compare_retentions();
    compare_targets();
    compare_schedules();
    compare_servers();
    compare_promises();
    compare_rest();
    std::stable_sort(changes_.begin(), changes_.end(), [](const Change& one, const Change& other) {
      return std::tie(one.effect, one.subject) < std::tie(other.effect, other.subject);
    });
    return std::move(changes_);
  }

 private:
  void add(Effect effect, std::string subject, std::string old_text, std::string new_text) {
    const ChangeKind kind = new_text.empty()   ? ChangeKind::Removed
                            : old_text.empty() ? ChangeKind::Added
                                               : ChangeKind::Changed;
    changes_.push_back({.effect = effect,
                        .kind = kind,
                        .subject = std::move(subject),
                        .before = std::move(old_text),
                        .after = std::move(new_text)});
  }

  // Calls `pair(name, old or null, new or null)` for every name in either map.
  template <typename Map, typename Pair>
  static void each(const Map& before, const Map& after, const Pair& pair) {
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

  template <typename T, typename Pair>
  static void each_named(const std::vector<T>& before,
                         const std::vector<T>& after,
                         const Pair& pair) {
    std::map<std::string, T> old_ones;
    std::map<std::string, T> new_ones;
    for (const T& one : before) {
      old_ones.emplace(one.name, one);
    }
    for (const T& one : after) {
      new_ones.emplace(one.name, one);
    }
    each(old_ones, new_ones, pair);
  }

  void compare_sources() {
    each(sources_of(before_), sources_of(after_),
         [&](const std::string& name, const Source* was, const Source* is) {
           const std::string subject = "component " + name;
           if (was == nullptr) {
             add(Effect::Cost, subject, "", fmt::format("{} ({})", is->what, is->how));
           } else if (is == nullptr) {
             add(Effect::CoverageLost, subject, fmt::format("{} ({})", was->what, was->how), "");
           } else {
             compare_source(subject, *was, *is);
           }
         });
  }

  void compare_source(const std::string& subject, const Source& was, const Source& is) {
    if (was.what != is.what || was.how != is.how) {
      add(Effect::CoverageLost, subject, fmt::format("{} ({})", was.what, was.how),
          fmt::format("{} ({})", is.what, is.how));
    }
    for (const auto& [pattern, reason] : is.excepts) {
      if (!was.excepts.contains(pattern)) {
        add(Effect::CoverageLost, subject, "", fmt::format("leaves out {}: {}", pattern, reason));
      } else if (was.excepts.at(pattern) != reason) {
        add(Effect::Cosmetic, subject, fmt::format("{}: {}", pattern, was.excepts.at(pattern)),
            fmt::format("{}: {}", pattern, reason));
      }
    }
    for (const auto& [pattern, reason] : was.excepts) {
      if (!is.excepts.contains(pattern)) {
        add(Effect::Cost, subject, fmt::format("leaves out {}: {}", pattern, reason), "");
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
        add(when_added, subject, "", fmt::format("{} {}", verb, word));
      }
    }
    for (const std::string& word : was) {
      if (!is.contains(word)) {
        add(when_removed, subject, fmt::format("{} {}", verb, word), "");
      }
    }
  }

  static std::string commands_text(const Service& service) {
    std::vector<std::string> lines;
    for (const Probe& probe : service.checks) {
      lines.push_back(fmt::format("{} (exit {})", fmt::join(probe.command, " "),
                                  fmt::join(probe.accepts, " or ")));
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
    each_named(
        before_.services, after_.services,
        [&](const std::string& name, const Service* was, const Service* is) {
          const std::string subject = "service " + name;
          const Service nothing;
          const Service& old_one = was == nullptr ? nothing : *was;
          const Service& new_one = is == nullptr ? nothing : *is;
          differ(Effect::CoverageLost, subject, standing(old_one), standing(new_one), Effect::Cost);
          differ(Effect::CommandChanged, subject, commands_text(old_one), commands_text(new_one));
          differ(Effect::CommandChanged, subject + " left stopped", held_text(old_one),
                 held_text(new_one));
          differ(Effect::Cosmetic, subject + " on",
                 fmt::format("{}", fmt::join(old_one.hosts, ", ")),
                 fmt::format("{}", fmt::join(new_one.hosts, ", ")));
          differ(Effect::Cosmetic, subject + " needs",
                 fmt::format("{}", fmt::join(old_one.needs, ", ")),
                 fmt::format("{}", fmt::join(new_one.needs, ", ")));
          differ(Effect::Cosmetic, subject + " units",
                 fmt::format("{}", fmt::join(old_one.units, ", ")),
                 fmt::format("{}", fmt::join(new_one.units, ", ")));
        });
  }

  // Where the texts differ. `removed`: the effect where only the old one is there.
  void differ(Effect effect,
              const std::string& subject,
              const std::string& was,
              const std::string& is,
              std::optional<Effect> removed = {}) {
    if (was != is) {
      add(is.empty() && removed ? *removed : effect, subject, was, is);
    }
  }

  void compare_backups() {
    each_named(before_.backups, after_.backups,
               [&](const std::string& name, const Backup* was, const Backup* is) {
                 const std::string subject = "backup " + name;
                 if (was == nullptr || is == nullptr) {
                   add(was == nullptr ? Effect::Cost : Effect::CoverageLost, subject,
                       was == nullptr ? "" : "to " + was->target,
                       is == nullptr ? "" : "to " + is->target);
                   return;
                 }
                 const std::string by_hand = "by hand only";
                 if (was->schedule != is->schedule) {
                   add(is->schedule.empty() ? Effect::LongerObjective : Effect::ScheduleMoved,
                       subject, was->schedule.empty() ? by_hand : was->schedule,
                       is->schedule.empty() ? by_hand : is->schedule);
                 }
                 differ(Effect::FewerCopies, subject + " target", was->target, is->target);
                 compare_chosen_retention(subject, was->retention, is->retention);
                 compare_steps(subject, was->backup, is->backup);
                 compare_steps(subject + " restore", was->restore, is->restore);
               });
  }

  static std::vector<std::pair<std::string, std::int64_t>> counts_of(const Retention& retention) {
    const auto all_for = parse_duration(retention.all_for);
    return {{"last", retention.last},        {"hourly", retention.hourly},
            {"daily", retention.daily},      {"weekly", retention.weekly},
            {"monthly", retention.monthly},  {"quarterly", retention.quarterly},
            {"yearly", retention.yearly},    {"all-for", all_for ? all_for->seconds : 0},
            {"at-least", retention.at_least}};
  }

  // Another retention is chosen: the rules decide what that means.
  void compare_chosen_retention(const std::string& subject,
                                const std::string& was,
                                const std::string& is) {
    if (was == is) {
      return;
    }
    const Retention* old_one = before_.retention(was);
    const Retention* new_one = after_.retention(is);
    bool less = old_one == nullptr || new_one == nullptr;
    if (!less) {
      const auto old_counts = counts_of(*old_one);
      const auto new_counts = counts_of(*new_one);
      for (std::size_t rule = 0; rule < old_counts.size(); ++rule) {
        less = less || new_counts[rule].second < old_counts[rule].second;
      }
    }
    add(less ? Effect::DeletedEarlier : Effect::Cost, subject, "keep " + was, "keep " + is);
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
    for (std::size_t at = 0; at < is.size(); ++at) {
      const auto old_step = old_steps.find(is[at].id);
      if (old_step == old_steps.end()) {
        same_steps = false;
        continue;
      }
      differ(Effect::Cosmetic, subject + " step " + is[at].id, how_it_runs(old_step->second),
             how_it_runs(is[at]));
      same_order = same_order && was[at].id == is[at].id && was[at].after == is[at].after;
    }
    if (same_steps && !same_order) {
      add(Effect::Cosmetic, subject, "one order of steps", "another");
    }
  }

  static std::string how_it_runs(const Step& step) {
    return fmt::format("{}, time limit {}{}{}", step.from, to_string(step.timeout),
                       step.always ? ", always" : "", step.required ? "" : ", not required");
  }

  void compare_retentions() {
    each_named(before_.retentions, after_.retentions,
               [&](const std::string& name, const Retention* was, const Retention* is) {
                 if (was == nullptr || is == nullptr) {
                   return;  // whether it matters is said by the backup that uses it
                 }
                 const auto old_counts = counts_of(*was);
                 const auto new_counts = counts_of(*is);
                 for (std::size_t rule = 0; rule < old_counts.size(); ++rule) {
                   const auto& [word, old_count] = old_counts[rule];
                   const std::int64_t new_count = new_counts[rule].second;
                   if (old_count != new_count) {
                     add(new_count < old_count ? Effect::DeletedEarlier : Effect::Cost,
                         "retention " + name, count_text(word, old_count),
                         count_text(word, new_count));
                   }
                 }
               });
  }

  static std::string count_text(const std::string& word, std::int64_t count) {
    return word == "all-for" ? fmt::format("{} {}", word, to_string(Duration{count}))
                             : fmt::format("{} {}", word, count);
  }

  void compare_targets() {
    const auto text = [](const Target& target) {
      return fmt::format("{} {}{}{}{}", target.kind, target.path,
                         target.host.empty() ? "" : " on " + target.host,
                         target.site.empty() ? "" : " at " + target.site,
                         target.media.empty() ? "" : ", " + target.media);
    };
    each_named(before_.targets, after_.targets,
               [&](const std::string& name, const Target* was, const Target* is) {
                 if (was == nullptr) {
                   add(Effect::Cost, "target " + name, "", text(*is));
                 } else {
                   differ(Effect::FewerCopies, "target " + name, text(*was),
                          is == nullptr ? "" : text(*is));
                 }
               });
  }

  void compare_schedules() {
    each_named(
        before_.schedules, after_.schedules,
        [&](const std::string& name, const Schedule* was, const Schedule* is) {
          if (was == nullptr || is == nullptr) {
            return;  // said by the backup that uses it
          }
          const std::string subject = "schedule " + name;
          differ(Effect::ScheduleMoved, subject, was->rule, is->rule);
          const auto seconds = [](const std::string& text) {
            const auto duration = parse_duration(text);
            return duration ? duration->seconds : 0;
          };
          const auto longest = [&](const Schedule& one) {
            return seconds(one.window) + seconds(one.jitter);
          };
          if (was->window != is->window || was->jitter != is->jitter) {
            const auto words = [](const Schedule& one) {
              return fmt::format("window {}, jitter {}", one.window.empty() ? "0s" : one.window,
                                 one.jitter.empty() ? "0s" : one.jitter);
            };
            add(longest(*is) > longest(*was) ? Effect::LongerObjective : Effect::ScheduleMoved,
                subject, words(*was), words(*is));
          }
        });
    differ(Effect::ScheduleMoved, "zone", before_.zone, after_.zone);
  }

  void compare_servers() {
    const auto text = [](const Server& server) {
      return fmt::format("{}{}{}, login {}", server.socket, server.address,
                         server.port == 0 ? "" : fmt::format(":{}", server.port),
                         server.login_file.empty() ? "of the user" : server.login_file);
    };
    each_named(before_.servers, after_.servers,
               [&](const std::string& name, const Server* was, const Server* is) {
                 differ(Effect::NewAccess, "server " + name, was == nullptr ? "" : text(*was),
                        is == nullptr ? "" : text(*is), Effect::Cosmetic);
                 const auto own = [](const Server* server) {
                   return server == nullptr
                              ? std::string()
                              : fmt::format("{} on {}, data in {}, units {}", server->kind,
                                            server->host, server->datadir,
                                            fmt::join(server->units, ", "));
                 };
                 differ(Effect::Cosmetic, "server " + name + " itself", own(was), own(is));
               });
    each_named(
        before_.hosts, after_.hosts, [&](const std::string& name, const Host* was, const Host* is) {
          const auto place = [](const Host* host) {
            return host == nullptr ? std::string()
                                   : fmt::format("address {}, site {}", host->address, host->site);
          };
          differ(Effect::NewAccess, "host " + name, place(was), place(is), Effect::Cosmetic);
        });
  }

  void compare_promises() {
    std::map<std::string, std::string> was;
    std::map<std::string, std::string> is;
    for (const auto& [plan, side] : {std::pair{&before_, &was}, std::pair{&after_, &is}}) {
      for (const Promise& promise : plan->promises) {
        side->emplace(fmt::format("{} {}", promise.subject, promise.promise), promise.verdict);
      }
    }
    each(was, is,
         [&](const std::string& name, const std::string* old_one, const std::string* new_one) {
           differ(Effect::LongerObjective, "promise " + name, old_one == nullptr ? "" : *old_one,
                  new_one == nullptr ? "" : *new_one);
           if (old_one == nullptr) {
             changes_.back().effect = Effect::Cosmetic;  // one promise more weakens nothing
           }
         });
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
           differ(Effect::Cosmetic, "param " + name, old_one == nullptr ? "" : *old_one,
                  new_one == nullptr ? "" : *new_one);
         });
    differ(Effect::Cosmetic, "policy", before_.policy, after_.policy);
    if (changes_.empty() && before_ != after_) {
      add(Effect::Cosmetic, "plan", "other details", "these");
    }
  }

  const Plan& before_;
  const Plan& after_;
  std::vector<Change> changes_;
};

}  // namespace

std::string_view to_string(Effect effect) {
  switch (effect) {
    case Effect::CoverageLost:
      return "coverage lost";
    case Effect::DeletedEarlier:
      return "deleted earlier";
    case Effect::FewerCopies:
      return "fewer or other copies";
    case Effect::LongerObjective:
      return "longer objective";
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

PlanDiff diff(const Plan& before, const Plan& after) {
  return {.policy = after.policy,
          .old_digest = digest(before),
          .new_digest = digest(after),
          .changes = Comparison(before, after).compare()};
}

}  // namespace backstay::plan
