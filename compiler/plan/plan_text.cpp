#include "compiler/plan/plan_text.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/plan/plan_yaml.hpp"
#include "lang/base/overloaded.hpp"
#include "lang/base/printable.hpp"

namespace backstay::plan {
namespace {

// Collects lines; knows the colours and the dashes.
class Page {
 public:
  explicit Page(const PlanTextOptions& options) : options_(options) {}

  void heading(std::string_view text) {
    out_ += out_.empty() ? "" : "\n";
    out_ += options_.color ? fmt::format("\x1b[1m{}\x1b[0m\n", text) : fmt::format("{}\n", text);
  }

  void line(std::string_view text) {
    out_ += fmt::format("  {}\n", lang::printable(text, options_.unicode));
  }

  void danger(std::string_view text) {
    out_ += fmt::format("  {} {}\n", options_.color ? "\x1b[31m!\x1b[0m" : "!",
                        lang::printable(text, options_.unicode));
  }

  void raw(std::string_view text) { out_ += text; }

  [[nodiscard]] std::string_view none() const { return options_.unicode ? "–" : "-"; }

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  PlanTextOptions options_;
  std::string out_;
};

std::string plural(std::size_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

// Rows with columns as wide as their widest cell; the last column is not padded.
void table(Page& page, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t column = 0; column + 1 < row.size(); ++column) {
      widths[column] = std::max(widths[column], lang::display_width(row[column]));
    }
  }
  for (const auto& row : rows) {
    std::string text;
    for (std::size_t column = 0; column < row.size(); ++column) {
      const bool last = column + 1 == row.size();
      const std::size_t padding =
          widths[column] + 2 - std::min(widths[column], lang::display_width(row[column]));
      text += last ? row[column] : row[column] + std::string(padding, ' ');
    }
    page.line(text.substr(0, text.find_last_not_of(' ') + 1));
  }
}

std::string rules_text(const Retention& retention) {
  std::vector<std::string> rules;
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

// --- sections -----------------------------------------------------------------------------------

// What a reviewer must not miss: everything that is on purpose not protected.
void left_out(Page& page, const Plan& plan) {
  std::map<std::string, std::string> patterns;  // pattern → reason; services share none
  for (const Backup& backup : plan.backups) {
    for (const Step& step : backup.backup) {
      if (const auto* files = std::get_if<ArchiveFiles>(&step.action)) {
        for (const PathRule& rule : files->except) {
          patterns.emplace(rule.pattern, rule.because);
        }
      }
    }
  }
  std::vector<std::string> lines;
  for (const Service& service : plan.services) {
    if (!service.unprotected_because.empty()) {
      lines.push_back(fmt::format("service {} is not backed up: {}", service.name,
                                  service.unprotected_because));
    } else if (service.external) {
      lines.push_back(fmt::format("service {} is external: not backed up here", service.name));
    }
  }
  for (const auto& [pattern, reason] : patterns) {
    lines.push_back(fmt::format("{}: {}", pattern, reason));
  }
  if (lines.empty()) {
    return;
  }
  page.heading("Left out on purpose");
  for (const std::string& text : lines) {
    page.danger(text);
  }
}

std::vector<std::string> source_row(const std::string& component,
                                    std::string what,
                                    std::string how) {
  return {component, std::move(what), std::move(how)};
}

void add_sources(std::vector<std::vector<std::string>>& rows, const Step& step) {
  std::visit(Overloaded{
                 [&](const DumpMariadb& dump) {
                   for (const DatabaseComponent& one : dump.databases) {
                     rows.push_back(source_row(one.component,
                                               fmt::format("{} on {}", one.database, dump.server),
                                               "dump, one instant"));
                   }
                   if (!dump.all_component.empty()) {
                     rows.push_back(source_row(
                         dump.all_component, fmt::format("every other database on {}", dump.server),
                         "dump, one instant"));
                   }
                   rows.push_back(source_row(dump.accounts_component,
                                             fmt::format("accounts on {}", dump.server), "DDL"));
                 },
                 [&](const CopySqlite& copy) {
                   rows.push_back(source_row(copy.component, copy.path, "SQLite online backup"));
                 },
                 [&](const ArchiveFiles& files) {
                   std::string how = "files";
                   how += files.optional ? ", optional" : "";
                   how += files.may_change ? ", may change" : "";
                   how += files.may_vanish ? ", may vanish" : "";
                   rows.push_back(source_row(files.component, files.path, how));
                 },
                 [](const auto&) {},
             },
             step.action);
}

std::size_t sources(Page& page, const Backup& backup) {
  std::vector<std::vector<std::string>> rows;
  for (const Step& step : backup.backup) {
    add_sources(rows, step);
  }
  page.heading(fmt::format("Sources of backup {}", backup.name));
  table(page, rows);
  return rows.size();
}

void targets(Page& page, const Plan& plan) {
  std::vector<std::vector<std::string>> rows;
  for (const Target& target : plan.targets) {
    std::string keep;
    for (const Backup& backup : plan.backups) {
      const Retention* retention = plan.retention(backup.retention);
      if (backup.target == target.name && retention != nullptr) {
        keep = fmt::format("keep {}: {}", retention->name, rules_text(*retention));
      }
    }
    rows.push_back({target.name, fmt::format("{} {}", target.kind, target.path),
                    target.host.empty() ? std::string("on each host") : "on " + target.host, keep});
  }
  page.heading("Targets");
  table(page, rows);
  if (!plan.backups.empty()) {
    page.danger("nothing is ever deleted by this version: retention is recorded, not carried out");
  }
}

void schedules(Page& page, const Plan& plan) {
  if (plan.schedules.empty()) {
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const Schedule& schedule : plan.schedules) {
    rows.push_back({schedule.name, fmt::format("{} {}", schedule.rule, plan.zone),
                    schedule.window.empty() ? "" : "window " + schedule.window,
                    schedule.jitter.empty() ? "" : "jitter " + schedule.jitter});
  }
  page.heading("Schedules");
  table(page, rows);
}

// Numbers instead of ids in `needs`, as `1-3, 5`: a reader follows the left column with a finger.
std::string numbers(std::vector<std::size_t> all, std::string_view none) {
  std::sort(all.begin(), all.end());
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < all.size();) {
    std::size_t end = begin;
    while (end + 1 < all.size() && all[end + 1] == all[end] + 1) {
      ++end;
    }
    parts.push_back(end > begin + 1 ? fmt::format("{}-{}", all[begin], all[end])
                                    : fmt::format("{}", all[begin]));
    begin = end > begin + 1 ? end + 1 : begin + 1;
  }
  return parts.empty() ? std::string(none) : fmt::format("{}", fmt::join(parts, ", "));
}

void steps(Page& page, std::string_view title, const std::vector<Step>& graph) {
  std::map<std::string, std::size_t> number;
  std::vector<std::vector<std::string>> rows = {{" #", "step", "does", "needs"}};
  for (const Step& step : graph) {
    number.emplace(step.id, number.size() + 1);
    std::vector<std::size_t> needed;
    for (const std::string& id : step.after) {
      needed.push_back(number[id]);
    }
    std::string needs = numbers(needed, page.none());
    if (step.always) {
      needs += " (always)";
    }
    rows.push_back({fmt::format("{:>2}", number.size()), step.id, describe(step.action), needs});
  }
  page.heading(title);
  table(page, rows);
}

void promises(Page& page, const Plan& plan) {
  if (plan.promises.empty()) {
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const Promise& promise : plan.promises) {
    rows.push_back({promise.subject, promise.promise, promise.verdict});
  }
  page.heading("Promises");
  table(page, rows);
}

}  // namespace

std::string to_text(const Plan& plan, const PlanTextOptions& options) {
  Page page(options);
  page.raw(fmt::format("Plan  {}  (sha256:{}, schema {}, language {})\n", plan.policy,
                       digest(plan).substr(0, 12), kPlanSchema, kLanguageEdition));
  for (const Parameter& parameter : plan.parameters) {
    page.line(fmt::format("param {} = {}", parameter.name, parameter.value));
  }
  left_out(page, plan);
  std::size_t step_count = 0;
  std::size_t source_count = 0;
  for (const Backup& backup : plan.backups) {
    source_count += sources(page, backup);
    step_count += backup.backup.size();
  }
  targets(page, plan);
  schedules(page, plan);
  for (const Backup& backup : plan.backups) {
    const std::string when = backup.schedule.empty() ? "by hand" : backup.schedule;
    steps(page, fmt::format("Steps of backup {} ({})", backup.name, when), backup.backup);
    steps(page, fmt::format("Steps of its restore (the exact reverse)"), backup.restore);
  }
  promises(page, plan);
  page.raw(fmt::format("\nPlan: {}, {}, {}; nothing was changed.\n", plural(step_count, "step"),
                       plural(source_count, "source"), plural(plan.targets.size(), "target")));
  return page.take();
}

}  // namespace backstay::plan
