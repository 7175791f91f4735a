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

std::int64_t seconds_of(const std::string& text) {
  const auto duration = parse_duration(text);
  return duration ? duration->seconds : 0;
}

void compare_schedule(const Schedule& was, const Schedule& is, ChangeList& changes) {
  const std::string subject = "schedule " + is.name;
  changes.differ(Effect::ScheduleMoved, subject, was.rule, is.rule);
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

std::string told_text(const Notify* notify) {
  return notify == nullptr ? std::string()
                           : fmt::format("{}{}{} on {}", notify->mail, notify->webhook,
                                         notify->healthcheck, fmt::join(notify->outcomes, ", "));
}

std::string drill_text(const Drill& drill) {
  return fmt::format("from {}, {}", drill.target,
                     drill.schedule.empty() ? "by hand only" : "run " + drill.schedule);
}

void compare_drill(const Drill& was, const Drill& is, ChangeList& changes) {
  const std::string subject = "drill " + is.name;
  changes.differ(is.schedule.empty() && !was.schedule.empty() ? Effect::LongerObjective
                                                              : Effect::ScheduleMoved,
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
  const auto expected = [](const Drill& drill) {
    return std::count_if(drill.steps.begin(), drill.steps.end(), [](const Step& step) {
      return std::holds_alternative<ExpectRows>(step.action) ||
             std::holds_alternative<ExpectFile>(step.action) ||
             std::holds_alternative<ExpectRun>(step.action);
    });
  };
  const auto text = [&](const Drill& drill) { return fmt::format("{}", expected(drill)); };
  changes.differ(expected(is) < expected(was) ? Effect::LongerObjective : Effect::Cosmetic,
                 subject + " expectations", text(was), text(is));
}

}  // namespace

void compare_schedules(const Plan& before, const Plan& after, ChangeList& changes) {
  each_named(before.schedules, after.schedules,
             [&](const std::string& /*name*/, const Schedule* was, const Schedule* is) {
               if (was != nullptr && is != nullptr) {  // others are said by the backup
                 compare_schedule(*was, *is, changes);
               }
             });
  changes.differ(Effect::ScheduleMoved, "zone", before.zone, after.zone);
}

void compare_commands(const Plan& before, const Plan& after, ChangeList& changes) {
  each(commands_of(before), commands_of(after),
       [&](const std::string& subject, const std::string* was, const std::string* is) {
         changes.differ(Effect::CommandChanged, subject, was == nullptr ? "" : *was,
                        is == nullptr ? "" : *is);
       });
  each_named(before.notifies, after.notifies,
             [&](const std::string& name, const Notify* was, const Notify* is) {
               changes.differ(Effect::NewAccess, "notify " + name, told_text(was), told_text(is),
                              Effect::Cosmetic);
             });
}

void compare_drills(const Plan& before, const Plan& after, ChangeList& changes) {
  each_named(before.drills, after.drills,
             [&](const std::string& name, const Drill* was, const Drill* is) {
               if (was == nullptr) {
                 changes.add(Effect::Cost, "drill " + name, "", drill_text(*is));
               } else if (is == nullptr) {
                 changes.add(Effect::LongerObjective, "drill " + name, drill_text(*was), "");
               } else {
                 compare_drill(*was, *is, changes);
               }
             });
}

}  // namespace backstay::plan
