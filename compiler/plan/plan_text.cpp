#include "compiler/plan/plan_text.hpp"

#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/plan/copy_through.hpp"
#include "compiler/plan/plan_sources.hpp"
#include "compiler/plan/plan_text_facts.hpp"
#include "compiler/plan/plan_text_left_out.hpp"
#include "compiler/plan/plan_text_steps.hpp"
#include "compiler/plan/plan_yaml.hpp"
#include "compiler/plan/text_page.hpp"

namespace backstay::plan {
namespace {

using Lines = std::vector<std::string>;
using Rows = std::vector<std::vector<std::string>>;

std::string rules_text(const Retention& retention) {
  Lines rules;
  const auto add = [&](std::string_view word, std::int64_t count) {
    if (count > 0) {
      rules.push_back(fmt::format("{} {}", word, count));
    }
  };
  add("last", retention.last);
  add("hourly", retention.hourly);
  add("daily", retention.daily);
  add("weekly", retention.weekly);
  add("monthly", retention.monthly);
  add("quarterly", retention.quarterly);
  add("yearly", retention.yearly);
  if (!retention.all_for.empty()) {
    rules.push_back("all for " + retention.all_for);
  }
  add("at least", retention.at_least);
  return fmt::format("{}", fmt::join(rules, ", "));
}

void danger_section(TextPage& page, std::string_view title, const Lines& lines) {
  if (lines.empty()) {
    return;
  }
  page.heading(title);
  for (const std::string& text : lines) {
    page.danger(text);
  }
}

// --- what weakens -------------------------------------------------------------------------------

void allowed(TextPage& page, const Plan& plan) {
  Lines lines;
  for (const Suppression& one : plan.suppressions) {
    lines.push_back(fmt::format("{} on {} {} until {}: {}", one.code, one.kind, one.name, one.until,
                                one.because));
  }
  danger_section(page, "Findings that are allowed", lines);
}

// Which targets lose points, by which rules, and which mirrors lose files.
void deletions(TextPage& page, const Plan& plan) {
  std::set<std::pair<std::string, std::string>> pruned;    // target, retention
  std::set<std::pair<std::string, std::string>> mirrored;  // target, path
  const auto add = [&](const std::vector<Step>& steps) {
    for (const Step& step : steps) {
      if (const auto* prune = std::get_if<PruneTarget>(&step.action)) {
        pruned.emplace(prune->target, prune->retention);
      } else if (const auto* mirror = std::get_if<MirrorTree>(&step.action)) {
        const Target* target = plan.target(mirror->target);
        if (target != nullptr && target->deletable_by.empty()) {
          mirrored.emplace(mirror->target, mirror->path);
        }
      }
    }
  };
  for (const Backup& backup : plan.backups) {
    add(backup.backup);
    for (const Copy& copy : backup.copies) {
      add(copy.steps);
    }
  }
  Lines lines;
  for (const auto& [target, name] : pruned) {
    const Retention* retention = plan.retention(name);
    lines.push_back(fmt::format("{}: points that {} does not keep ({})", target, name,
                                retention == nullptr ? "" : rules_text(*retention)));
  }
  for (const auto& [target, path] : mirrored) {
    lines.push_back(fmt::format("{}: what has vanished from {} or was changed there, 7 days later",
                                target, path));
  }
  danger_section(page, "Deleted by the host", lines);
}

// --- what there is ------------------------------------------------------------------------------

std::string place_of(const Target& target) {
  if (target.kind == "directory") {
    return target.host.empty() ? std::string("on each host") : "on " + target.host;
  }
  return target.site.empty() ? std::string() : "at " + target.site;
}

std::string properties_of(const Target& target) {
  Lines words;
  const auto add = [&](std::string_view word, const std::string& value) {
    if (!value.empty()) {
      words.push_back(fmt::format("{} {}", word, value));
    }
  };
  add("media", target.media == "disk" ? std::string() : target.media);
  add("sealed with", target.seal);
  add("login", target.login);
  add("locked", target.locked);
  add("deletable by", target.deletable_by);
  add("capacity", target.capacity);
  add("bandwidth", target.bandwidth);
  if (!target.needs.empty()) {
    words.push_back(fmt::format("needs {}", fmt::join(target.needs, ", ")));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string keep_text(const Plan& plan, const std::string& name) {
  const Retention* retention = plan.retention(name);
  return retention == nullptr ? std::string()
                              : fmt::format("keep {}: {}", retention->name, rules_text(*retention));
}

void targets(TextPage& page, const Plan& plan) {
  if (plan.targets.empty()) {
    return;
  }
  std::map<std::string, std::set<std::string>> keep;  // target → every retention that deletes there
  for (const Backup& backup : plan.backups) {
    for (const Copy& copy : backup.copies) {
      keep[copy.target].insert(keep_text(plan, copy.retention));
    }
    keep[backup.target].insert(keep_text(plan, backup.retention));
  }
  Rows rows;
  for (const Target& target : plan.targets) {
    std::vector<std::string> row = {
        target.name, fmt::format("{} {}{}", target.kind, target.path, target.remote),
        place_of(target), fmt::format("{}", fmt::join(keep[target.name], "; "))};
    if (const std::string more = properties_of(target); !more.empty()) {
      row.push_back(more);
    }
    rows.push_back(std::move(row));
  }
  page.heading("Targets");
  page.table(rows);
}

void keys(TextPage& page, const Plan& plan) {
  if (plan.keys.empty()) {
    return;
  }
  Rows rows;
  for (const Key& key : plan.keys) {
    for (const Recipient& one : key.recipients) {
      rows.push_back({key.name, one.recipient,
                      one.escrow.empty()
                          ? std::string()
                          : fmt::format("identity in {} at {}", one.escrow, one.escrow_site)});
    }
    if (!key.identity.empty()) {
      rows.push_back({key.name, "opened with secret " + key.identity});
    }
  }
  page.heading("Keys");
  page.table(rows);
}

void schedules(TextPage& page, const Plan& plan) {
  if (plan.schedules.empty()) {
    return;
  }
  Rows rows;
  for (const Schedule& schedule : plan.schedules) {
    rows.push_back({schedule.name, fmt::format("{} {}", schedule.rule, plan.zone),
                    schedule.window.empty() ? "" : "window " + schedule.window,
                    schedule.jitter.empty() ? "" : "jitter " + schedule.jitter});
  }
  page.heading("Schedules");
  page.table(rows);
}

// What goes with a graph as a whole: when, how long, who is told.
Lines terms(const std::string& schedule, Duration deadline, const std::string& notify) {
  Lines words = {schedule.empty() ? std::string("by hand") : schedule};
  if (deadline.seconds > 0) {
    words.push_back("deadline " + to_string(deadline));
  }
  if (!notify.empty()) {
    words.push_back("notify " + notify);
  }
  return words;
}

std::string terms_of(const Copy& copy) {
  Lines words;
  if (const std::string through = through_of(copy); !through.empty()) {
    words.push_back("through " + through);
  }
  words.push_back(copy.schedule.empty() ? "behind every run on all hosts" : copy.schedule);
  if (!copy.lag.empty()) {
    words.push_back("lag " + copy.lag);
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

void graphs_of_backup(TextPage& page, const Backup& backup, const PlanTextOptions& options) {
  Lines words = terms(backup.run_on.empty()
                          ? backup.schedule
                          : fmt::format("{} by {} on all hosts", backup.schedule, backup.run_on),
                      backup.deadline, backup.notify);
  if (!backup.compression.empty()) {
    words.push_back("compression " + backup.compression);
  }
  if (backup.concurrency > 0) {
    words.push_back(fmt::format("concurrency {}", backup.concurrency));
  }
  for (const Copy& copy : backup.copies) {
    if (copy.steps.empty() && !copy.lag.empty()) {
      words.push_back(fmt::format("lag {} to {}", copy.lag, copy.target));
    }
  }
  steps_text(page, fmt::format("Steps of backup {} ({})", backup.name, fmt::join(words, ", ")),
             backup.backup, options);
  for (const Copy& copy : backup.copies) {
    if (!copy.steps.empty()) {
      steps_text(page, fmt::format("Steps of its copy to {} ({})", copy.target, terms_of(copy)),
                 copy.steps, options);
    }
  }
  steps_text(page, "Steps of its restore (the exact reverse)", backup.restore, options);
}

void drills(TextPage& page, const Plan& plan, const PlanTextOptions& options) {
  for (const Drill& drill : plan.drills) {
    steps_text(page,
               fmt::format("Steps of drill {} from {} ({})", drill.name, drill.target,
                           fmt::join(terms(drill.schedule, drill.deadline, drill.notify), ", ")),
               drill.steps, options);
  }
}

void promises(TextPage& page, const Plan& plan) {
  if (plan.promises.empty()) {
    return;
  }
  Rows rows;
  for (const Promise& promise : plan.promises) {
    rows.push_back({promise.subject, promise.promise, promise.verdict});
  }
  page.heading("Promises");
  page.table(rows);
}

}  // namespace

std::string to_text(const Plan& plan, const PlanTextOptions& options) {
  TextPage page(options);
  page.raw(fmt::format("Plan  {}  (sha256:{}, schema {}, language {})\n", plan.policy,
                       digest(plan).substr(0, 12), kPlanSchema, kLanguageEdition));
  for (const Parameter& parameter : plan.parameters) {
    page.line(fmt::format("param {} = {}", parameter.name, parameter.value));
  }
  if (!plan.inventory.empty()) {
    page.line("inventory " + plan.inventory);
  }
  for (const std::string& note : options.notes) {
    page.danger(note);
  }
  const NamedDatabases named(plan);
  left_out_text(page, plan, named);
  allowed(page, plan);
  deletions(page, plan);
  commands_text(page, plan, options);
  std::size_t step_count = 0;
  std::size_t source_count = 0;
  for (const Backup& backup : plan.backups) {
    source_count += sources_text(page, backup, named, options);
    step_count += backup.backup.size();
  }
  targets(page, plan);
  keys(page, plan);
  facts_text(page, plan);
  schedules(page, plan);
  for (const Backup& backup : plan.backups) {
    graphs_of_backup(page, backup, options);
  }
  drills(page, plan, options);
  promises(page, plan);
  page.raw(fmt::format("\nPlan: {}, {}, {}; nothing was changed.\n", plural(step_count, "step"),
                       plural(source_count, "source"), plural(plan.targets.size(), "target")));
  return page.take();
}

}  // namespace backstay::plan
