// What the other parts of the diff do not look at, fact by fact.
//
// Every field of a service, backup, drill or step is compared unless it stands in a list of those
// that have a rule elsewhere: a field that is added to the plan is seen without code here.
#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <type_traits>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/plan/change_list.hpp"
#include "compiler/plan/field.hpp"
#include "lang/base/overloaded.hpp"
#include "lang/base/units.hpp"

namespace backstay::plan {
namespace {

template <typename T>
concept Record = requires(const T& record) {
  T::fields(record, [](FieldKey, const auto&) {});
};

/// Key of a field → its value in words; empty for the empty value of its type.
using Facts = std::map<std::string, std::string>;

template <typename T>
std::string text_of(const T& value);

template <Record T>
Facts facts_of(const T& record) {
  Facts facts;
  T::fields(record, [&](FieldKey key, const auto& value) {
    facts.emplace(std::string(key.name), text_of(value));
  });
  return facts;
}

template <typename T>
std::string text_of_all(const std::vector<T>& values) {
  std::vector<std::string> texts;
  for (const T& value : values) {
    texts.push_back(text_of(value));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

template <typename T>
std::string text_of(const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    return value;
  } else if constexpr (std::is_same_v<T, bool>) {
    return value ? "yes" : "";
  } else if constexpr (std::is_arithmetic_v<T>) {
    return value == 0 ? "" : fmt::format("{}", value);
  } else if constexpr (std::is_same_v<T, Duration>) {
    return value.seconds == 0 ? "" : to_string(value);
  } else if constexpr (Record<T>) {
    std::vector<std::string> texts;
    for (const auto& [key, text] : facts_of(value)) {
      if (!text.empty()) {
        texts.push_back(key + " " + text);
      }
    }
    return fmt::format("{}", fmt::join(texts, " "));
  } else {
    return text_of_all(value);
  }
}

/// Fields that have a rule elsewhere, or follow from one that has.
using Ruled = std::span<const std::string_view>;

constexpr std::array<std::string_view, 13> kOfService{"checks",
                                                      "external",
                                                      "held",
                                                      "hosts",
                                                      "instant-with",
                                                      "name",
                                                      "needs",
                                                      "quiesce-stop",
                                                      "units",
                                                      "unprotected-because",
                                                      "sealed-by",
                                                      "unprotected-paths",
                                                      "external-because"};
constexpr std::array<std::string_view, 11> kOfBackup{"services", "backup",   "copies",  "deadline",
                                                     "name",     "notify",   "restore", "retention",
                                                     "run-on",   "schedule", "target"};
constexpr std::array<std::string_view, 6> kOfDrill{"name",     "notify", "schedule",
                                                   "services", "steps",  "target"};
constexpr std::array<std::string_view, 28> kOfAction{"accepts",        "accounts-component",
                                                     "all-component",  "all-except",
                                                     "at-least",       "checks",
                                                     "command",        "component",
                                                     "database",       "databases",
                                                     "except",         "group",
                                                     "hosts",          "keep",
                                                     "may-change",     "may-vanish",
                                                     "moment",         "optional",
                                                     "path",           "paths",
                                                     "optional-paths", "retention",
                                                     "server",         "servers",
                                                     "service",        "source",
                                                     "sqlite",         "table"};
constexpr std::array<std::string_view, 2> kOfActionToo{"target", "units"};

bool ruled(Ruled keys, const std::string& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

void compare_facts(const std::string& subject,
                   const Facts& was,
                   const Facts& is,
                   Ruled elsewhere,
                   ChangeList& changes) {
  each(was, is,
       [&](const std::string& key, const std::string* old_one, const std::string* new_one) {
         if (!ruled(elsewhere, key)) {
           changes.differ(Effect::Cosmetic, subject + " " + key, old_one == nullptr ? "" : *old_one,
                          new_one == nullptr ? "" : *new_one);
         }
       });
}

/// Each word that went or came, with the effect that it has.
void compare_list(const std::string& subject,
                  const std::vector<std::string>& was,
                  const std::vector<std::string>& is,
                  Effect removed,
                  Effect added,
                  ChangeList& changes) {
  for (const std::string& word : was) {
    if (std::find(is.begin(), is.end(), word) == is.end()) {
      changes.add(removed, subject, word, "");
    }
  }
  for (const std::string& word : is) {
    if (std::find(was.begin(), was.end(), word) == was.end()) {
      changes.add(added, subject, "", word);
    }
  }
}

std::map<std::string, std::string> unprotected_of(const Service& service) {
  std::map<std::string, std::string> paths;
  for (const UnprotectedPath& one : service.unprotected_paths) {
    paths.emplace(one.path, one.because);
  }
  return paths;
}

/// How sure what is captured fits together, and what is left out by name.
void compare_certainty(const Service& was, const Service& is, ChangeList& changes) {
  const std::string subject = "service " + is.name;
  if (was.quiesce_stop && !is.quiesce_stop) {
    changes.add(Effect::CoverageLost, subject, "stopped while captured",
                "no longer stopped while captured");
  } else if (is.quiesce_stop && !was.quiesce_stop) {
    changes.add(Effect::Cost, subject, "", "stopped while captured");
  }
  compare_list(subject + " instant-with", was.instant_with, is.instant_with, Effect::CoverageLost,
               Effect::Cosmetic, changes);
  compare_list(subject + " sealed-by", was.sealed_by, is.sealed_by, Effect::CoverageLost,
               Effect::Cosmetic, changes);
  each(unprotected_of(was), unprotected_of(is),
       [&](const std::string& path, const std::string* old_one, const std::string* new_one) {
         changes.differ(Effect::Cosmetic, fmt::format("{} unprotected {}", subject, path),
                        old_one == nullptr ? "" : *old_one, new_one == nullptr ? "" : *new_one,
                        Effect::Cost, Effect::CoverageLost);
       });
  changes.differ(Effect::Cosmetic, subject + " external", was.external_because,
                 is.external_because);
}

/// Its component, its command or its expectation has a rule of its own.
bool told_elsewhere(const Action& action) {
  return std::visit(
      [](const auto& one) {
        bool told = false;
        std::decay_t<decltype(one)>::fields(one, [&](FieldKey key, const auto& /*value*/) {
          told = told || key.name == "component" || key.name == "accounts-component" ||
                 key.name == "command" || key.name == "checks" || key.name == "path" ||
                 key.name == "table";
        });
        return told;
      },
      action);
}

std::vector<std::string> lone_steps(const std::vector<Step>& ones,
                                    const std::vector<Step>& others) {
  std::vector<std::string> ids;
  for (const Step& step : ones) {
    const bool in_both = std::any_of(others.begin(), others.end(),
                                     [&](const Step& other) { return other.id == step.id; });
    if (!in_both && !told_elsewhere(step.action)) {
      ids.push_back(step.id);
    }
  }
  return ids;
}

void compare_actions(const std::string& subject,
                     const std::vector<Step>& was,
                     const std::vector<Step>& is,
                     ChangeList& changes) {
  std::vector<std::string_view> elsewhere(kOfAction.begin(), kOfAction.end());
  elsewhere.insert(elsewhere.end(), kOfActionToo.begin(), kOfActionToo.end());
  const auto facts = [](const Step& step) {
    Facts all = std::visit([](const auto& action) { return facts_of(action); }, step.action);
    all.emplace("kind", kind_of(step.action));
    all.emplace("host", step.host);
    all.emplace("source-host", step.source_host);
    all.emplace("undoes", step.undoes);
    return all;
  };
  for (const Step& step : is) {
    const auto old_step = std::find_if(was.begin(), was.end(),
                                       [&](const Step& other) { return other.id == step.id; });
    if (old_step != was.end()) {
      compare_facts(fmt::format("{} step {}", subject, step.id), facts(*old_step), facts(step),
                    elsewhere, changes);
    }
  }
  changes.differ(Effect::Cosmetic, subject + " steps",
                 fmt::format("{}", fmt::join(lone_steps(was, is), ", ")),
                 fmt::format("{}", fmt::join(lone_steps(is, was), ", ")));
}

bool covered(const Plan& plan, const std::string& service) {
  return std::any_of(plan.backups.begin(), plan.backups.end(), [&](const Backup& backup) {
    return std::find(backup.services.begin(), backup.services.end(), service) !=
           backup.services.end();
  });
}

void compare_backup(const Backup& was, const Backup& is, const Plan& after, ChangeList& changes) {
  const std::string subject = "backup " + is.name;
  compare_facts(subject, facts_of(was), facts_of(is), kOfBackup, changes);
  std::vector<std::string> old_services;  // whether one is covered no more is said by the promises
  std::copy_if(was.services.begin(), was.services.end(), std::back_inserter(old_services),
               [&](const std::string& service) { return covered(after, service); });
  compare_list(subject + " covers", old_services, is.services, Effect::Cosmetic, Effect::Cosmetic,
               changes);
  compare_actions(subject, was.backup, is.backup, changes);
  compare_actions(subject + " restore", was.restore, is.restore, changes);
  for (const Copy& copy : is.copies) {
    for (const Copy& old_copy : was.copies) {
      if (old_copy.target == copy.target) {
        compare_actions(fmt::format("{} copy to {}", subject, copy.target), old_copy.steps,
                        copy.steps, changes);
      }
    }
  }
}

std::map<std::string, std::string> sites_of(const Plan& plan) {
  std::map<std::string, std::string> sites;
  for (const Site& site : plan.sites) {
    sites.emplace(site.name, "part of " + site.part_of);
  }
  return sites;
}

}  // namespace

void compare_facts(const Plan& before, const Plan& after, ChangeList& changes) {
  each_named(before.services, after.services,
             [&](const std::string& name, const Service* was, const Service* is) {
               if (was != nullptr && is != nullptr) {
                 compare_certainty(*was, *is, changes);
                 compare_facts("service " + name, facts_of(*was), facts_of(*is), kOfService,
                               changes);
               }
             });
  each_named(before.backups, after.backups,
             [&](const std::string& /*name*/, const Backup* was, const Backup* is) {
               if (was != nullptr && is != nullptr) {
                 compare_backup(*was, *is, after, changes);
               }
             });
  each_named(before.drills, after.drills,
             [&](const std::string& name, const Drill* was, const Drill* is) {
               if (was != nullptr && is != nullptr) {
                 compare_facts("drill " + name, facts_of(*was), facts_of(*is), kOfDrill, changes);
                 compare_actions("drill " + name, was->steps, is->steps, changes);
               }
             });
  each(sites_of(before), sites_of(after),
       [&](const std::string& site, const std::string* was, const std::string* is) {
         // Two sites became one place that fails as a whole, or are counted as two from now on.
         changes.differ(Effect::FewerCopies, "site " + site, was == nullptr ? "" : *was,
                        is == nullptr ? "" : *is);
       });
}

}  // namespace backstay::plan
