#include "compiler/plan/plan_sources.hpp"

#include <fmt/format.h>

#include "lang/base/overloaded.hpp"

namespace backstay::plan {
namespace {

std::map<std::string, std::string> as_map(const std::vector<PathRule>& rules) {
  std::map<std::string, std::string> patterns;
  for (const PathRule& rule : rules) {
    patterns.emplace(rule.pattern, rule.because);
  }
  return patterns;
}

std::set<std::string> tolerances_of(const ArchiveFiles& files) {
  std::set<std::string> words;
  if (files.optional) {
    words.insert("optional");
  }
  if (files.may_change) {
    words.insert("may-change");
  }
  if (files.may_vanish) {
    words.insert("may-vanish");
  }
  return words;
}

void add_sources(const Step& step, Sources& sources) {
  const auto add = [&](const std::string& component, Source source) {
    sources.emplace(fmt::format("{}@{}", component, step.host), std::move(source));
  };
  std::visit(Overloaded{
                 [&](const DumpMariadb& dump) {
                   for (const DatabaseComponent& one : dump.databases) {
                     add(one.component, {.what = one.database + " on " + dump.server,
                                         .how = "dump",
                                         .tolerances = {},
                                         .excepts = {},
                                         .keeps = {}});
                   }
                   if (!dump.all_component.empty()) {
                     add(dump.all_component,
                         {.what = fmt::format("every other database on {}", dump.server),
                          .how = "dump",
                          .tolerances = {},
                          .excepts = {},
                          .keeps = {}});
                   }
                   add(dump.accounts_component, {.what = "accounts of " + dump.server,
                                                 .how = "DDL",
                                                 .tolerances = {},
                                                 .excepts = {},
                                                 .keeps = {}});
                 },
                 [&](const CopySqlite& copy) {
                   add(copy.component, {.what = copy.path,
                                        .how = "SQLite online backup",
                                        .tolerances = {},
                                        .excepts = {},
                                        .keeps = {}});
                 },
                 [&](const ArchiveFiles& files) {
                   std::set<std::string> keeps;
                   for (const PathRule& rule : files.keep) {
                     keeps.insert(rule.pattern);
                   }
                   add(files.component, {.what = files.path,
                                         .how = "files",
                                         .tolerances = tolerances_of(files),
                                         .excepts = as_map(files.except),
                                         .keeps = std::move(keeps)});
                 },
                 [](const auto&) {},
             },
             step.action);
}

}  // namespace

Sources sources_of(const Plan& plan) {
  Sources sources;
  for (const Backup& backup : plan.backups) {
    for (const Step& step : backup.backup) {
      add_sources(step, sources);
    }
  }
  return sources;
}

}  // namespace backstay::plan
