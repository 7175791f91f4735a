// When something runs, which commands it runs, who is told, and what is practised.
#include <algorithm>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/plan/change_list.hpp"
#include "lang/base/overloaded.hpp"
#include "lang/base/units.hpp"

namespace backstay::plan {
namespace {

void compare_schedule(const Schedule& was, const Schedule& is, Effect effect, ChangeList& changes) {
  const std::string subject = "schedule " + is.name;
  changes.differ(effect, subject, was.rule, is.rule);
  if (was.window == is.window && was.jitter == is.jitter) {
    return;
  }
  const auto longest = [](const Schedule& one) {
    return seconds_of(one.window) + seconds_of(one.jitter);
  };
  const auto words = [](const Schedule& one) {
    return fmt::format("window {}, jitter {}", one.window.empty() ? "0s" : one.window,
                       one.jitter.empty() ? "0s" : one.jitter);
  };
  changes.add(longest(is) > longest(was) ? Effect::LongerObjective : Effect::ScheduleMoved, subject,
              words(was), words(is));
}

using Commands = std::map<std::string, std::string>;

std::string command_text(const std::vector<std::string>& command,
                         const std::vector<std::int64_t>& accepts) {
  return accepts.empty()
             ? fmt::format("{}", fmt::join(command, " "))
             : fmt::format("{} (exit {})", fmt::join(command, " "), fmt::join(accepts, " or "));
}

void add_commands(const std::vector<Step>& steps, const std::string& owner, Commands& commands) {
  for (const Step& step : steps) {
    std::visit(Overloaded{
                   [&](const RunCommand& run) {
                     commands.emplace(fmt::format("service {} {}", run.service, run.moment),
                                      command_text(run.command, run.accepts));
                   },
                   [&](const CaptureOutput& capture) {
                     commands.emplace("export " + capture.component,
                                      command_text(capture.command, {}));
                   },
                   [&](const FeedCommand& feed) {
                     commands.emplace("import " + feed.component, command_text(feed.command, {}));
                   },
                   [&](const ExpectRun& expect) {
                     commands.emplace(fmt::format("{} expects {}", owner, step.id),
                                      command_text(expect.command, expect.accepts));
                   },
                   [](const auto&) {},
               },
               step.action);
  }
}

Commands commands_of(const Plan& plan) {
  Commands commands;
  for (const Backup& backup : plan.backups) {
    add_commands(backup.backup, "backup " + backup.name, commands);
    add_commands(backup.restore, "backup " + backup.name, commands);
  }
  for (const Drill& drill : plan.drills) {
    add_commands(drill.steps, "drill " + drill.name, commands);
  }
  for (const Notify& notify : plan.notifies) {
    if (!notify.command.empty()) {
      commands.emplace("notify " + notify.name, command_text(notify.command, {}));
    }
  }
  return commands;
}

std::vector<std::string> ways_of(const Notify& notify) {
  std::vector<std::string> ways;
  for (const auto& [word, value] :
       {std::pair{"mail", &notify.mail}, std::pair{"webhook", &notify.webhook},
        std::pair{"healthcheck", &notify.healthcheck}}) {
    if (!value->empty()) {
      ways.push_back(fmt::format("{} {}", word, *value));
    }
  }
  if (!notify.command.empty()) {
    ways.emplace_back("command");
  }
  return ways;
}

std::string told_text(const Notify* notify) {
  return notify == nullptr ? std::string()
                           : fmt::format("{} on {}", fmt::join(ways_of(*notify), ", "),
                                         fmt::join(notify->outcomes, ", "));
}

bool tells_of(const Notify& notify, std::string_view outcome) {
  return std::find(notify.outcomes.begin(), notify.outcomes.end(), outcome) !=
         notify.outcomes.end();
}

std::string drill_text(const Drill& drill) {
  return fmt::format("from {}, {}", drill.target,
                     drill.schedule.empty() ? "by hand only" : "run " + drill.schedule);
}

/// What a drill expects → the least number of it.
using Expectations = std::map<std::string, std::int64_t>;

Expectations expectations_of(const Drill& drill) {
  Expectations expectations;
  for (const Step& step : drill.steps) {
    if (const auto* rows = std::get_if<ExpectRows>(&step.action)) {
      std::int64_t& least =
          expectations[fmt::format("expects rows {}.{}", rows->database, rows->table)];
      least = std::max(least, rows->at_least);
    } else if (const auto* file = std::get_if<ExpectFile>(&step.action)) {
      expectations.emplace(fmt::format("expects file {} on {}", file->path, step.host), 1);
    } else if (std::holds_alternative<ExpectRun>(step.action)) {
      ++expectations["expects commands"];
    }
  }
  return expectations;
}

void compare_expectations(const std::string& subject,
                          const Expectations& was,
                          const Expectations& is,
                          ChangeList& changes) {
  each(was, is,
       [&](const std::string& what, const std::int64_t* old_one, const std::int64_t* new_one) {
         const auto text = [](const std::int64_t* least) {
           return least == nullptr ? std::string() : fmt::format("at least {}", *least);
         };
         const bool less = old_one != nullptr && (new_one == nullptr || *new_one < *old_one);
         changes.differ(less ? Effect::LongerObjective : Effect::Cosmetic, subject + " " + what,
                        text(old_one), text(new_one));
       });
}

void compare_drill(
    const Plan& before, const Plan& after, const Drill& was, const Drill& is, ChangeList& changes) {
  const std::string subject = "drill " + is.name;
  const bool less_often = is.schedule.empty() && !was.schedule.empty();
  const bool elsewhere = is.target != was.target;  // what was practised no longer is
  changes.differ(less_often || elsewhere
                     ? Effect::LongerObjective
                     : changes.of_schedule(before, was.schedule, after, is.schedule),
                 subject, drill_text(was), drill_text(is));
  for (const std::string& service : was.services) {
    if (!std::binary_search(is.services.begin(), is.services.end(), service)) {
      changes.add(Effect::LongerObjective, subject, "restores " + service, "");
    }
  }
  for (const std::string& service : is.services) {
    if (!std::binary_search(was.services.begin(), was.services.end(), service)) {
      changes.add(Effect::Cost, subject, "", "restores " + service);
    }
  }
  compare_expectations(subject, expectations_of(was), expectations_of(is), changes);
  compare_chosen_notify(before, after, subject, was.notify, is.notify, changes);
}

}  // namespace

void compare_schedules(const Plan& before, const Plan& after, ChangeList& changes) {
  each_named(before.schedules, after.schedules,
             [&](const std::string& name, const Schedule* was, const Schedule* is) {
               if (was != nullptr && is != nullptr) {  // others are said by the backup
                 compare_schedule(*was, *is, changes.of_schedule(before, name, after, name),
                                  changes);
               }
             });
  changes.differ(Effect::ScheduleMoved, "zone", before.zone, after.zone);
  changes.differ(Effect::NewAccess, "inventory", before.inventory, after.inventory);
}

void compare_commands(const Plan& before, const Plan& after, ChangeList& changes) {
  each(commands_of(before), commands_of(after),
       [&](const std::string& subject, const std::string* was, const std::string* is) {
         changes.differ(Effect::CommandChanged, subject, was == nullptr ? "" : *was,
                        is == nullptr ? "" : *is);
       });
  each_named(before.notifies, after.notifies,
             [&](const std::string& name, const Notify* was, const Notify* is) {
               const bool silent = was != nullptr && is != nullptr && tells_of(*was, "failure") &&
                                   !tells_of(*is, "failure");
               changes.differ(silent ? Effect::LongerObjective : Effect::NewAccess,
                              "notify " + name, told_text(was), told_text(is), Effect::Cosmetic);
             });
}

void compare_chosen_notify(const Plan& before,
                           const Plan& after,
                           const std::string& subject,
                           const std::string& was,
                           const std::string& is,
                           ChangeList& changes) {
  const auto tells_failure = [](const Plan& plan, const std::string& name) {
    return std::any_of(plan.notifies.begin(), plan.notifies.end(), [&](const Notify& one) {
      return one.name == name && tells_of(one, "failure");
    });
  };
  const bool silent = tells_failure(before, was) && !tells_failure(after, is);
  changes.differ(silent ? Effect::LongerObjective : Effect::Cosmetic, subject + " notify", was, is);
}

void compare_drills(const Plan& before, const Plan& after, ChangeList& changes) {
  each_named(before.drills, after.drills,
             [&](const std::string& name, const Drill* was, const Drill* is) {
               if (was == nullptr) {
                 changes.add(Effect::Cost, "drill " + name, "", drill_text(*is));
               } else if (is == nullptr) {
                 changes.add(Effect::LongerObjective, "drill " + name, drill_text(*was), "");
               } else {
                 compare_drill(before, after, *was, *is, changes);
               }
             });
}

}  // namespace backstay::plan
