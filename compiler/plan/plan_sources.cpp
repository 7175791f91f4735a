#include "compiler/plan/plan_sources.hpp"

#include <utility>

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

Source plain(std::string what, std::string how) {
  return {
      .what = std::move(what), .how = std::move(how), .tolerances = {}, .excepts = {}, .keeps = {}};
}

Source tree(const ArchiveFiles& files) {
  Source source = plain(files.path, "files");
  source.tolerances = tolerances_of(files);
  source.excepts = as_map(files.except);
  for (const PathRule& rule : files.keep) {
    source.keeps.insert(rule.pattern);
  }
  return source;
}

/// The sources of one step, by component.
class StepSources {
 public:
  StepSources(const Step& step, const NamedDatabases& named, Sources& sources)
      : step_(step), named_(named), sources_(sources) {}

  void add(const std::string& component, Source source) {
    sources_.emplace(fmt::format("{}@{}", component, step_.host), std::move(source));
  }

  template <typename Dump>
  void add_dump(const Dump& dump, const char* accounts) {
    for (const DatabaseComponent& one : dump.databases) {
      add(one.component, plain(one.database + " on " + dump.server, "dump"));
    }
    if (!dump.all_component.empty()) {
      Source rest = plain(fmt::format("every other database on {}", dump.server), "dump");
      for (const std::string& database : named_.left_out(dump.server, dump.all_except)) {
        rest.excepts.emplace("database " + database, "");
      }
      add(dump.all_component, std::move(rest));
    }
    add(dump.accounts_component, plain("accounts of " + dump.server, accounts));
  }

 private:
  const Step& step_;
  const NamedDatabases& named_;
  Sources& sources_;
};

void add_sources(const Step& step, const NamedDatabases& named, Sources& sources) {
  StepSources of_step(step, named, sources);
  std::visit(
      Overloaded{
          [&](const DumpMariadb& dump) { of_step.add_dump(dump, "DDL"); },
          [&](const DumpPostgresql& dump) { of_step.add_dump(dump, "roles and tablespaces"); },
          [&](const DumpMariadbPhysical& dump) {
            of_step.add(dump.component, plain("all of " + dump.server, "physical copy"));
            of_step.add(dump.accounts_component, plain("accounts of " + dump.server, "DDL"));
          },
          [&](const CopySqlite& copy) {
            of_step.add(copy.component, plain(copy.path, "SQLite online backup"));
          },
          [&](const ArchiveFiles& files) { of_step.add(files.component, tree(files)); },
          [&](const CaptureOutput& capture) {
            of_step.add(capture.component, plain("what a command prints", "export"));
          },
          [&](const MirrorTree& mirror) {
            of_step.add(
                fmt::format("{} mirror {} to {}", mirror.service, mirror.path, mirror.target),
                plain(mirror.path, "mirror"));
          },
          [&](const ReplicateFiles& files) {
            for (const std::string& host : files.hosts) {
              of_step.add(fmt::format("{} replica {} to {}", files.service, files.path, host),
                          plain(files.path, "replica"));
            }
          },
          [](const auto&) {},
      },
      step.action);
}

}  // namespace

NamedDatabases::NamedDatabases(const Plan& plan) {
  for (const Backup& backup : plan.backups) {
    for (const Step& step : backup.backup) {
      std::visit(
          [&](const auto& dump) {
            if constexpr (requires { dump.all_except; }) {
              for (const DatabaseComponent& one : dump.databases) {
                named_.emplace(dump.server, one.database);
              }
            }
          },
          step.action);
    }
  }
}

std::vector<std::string> NamedDatabases::left_out(
    const std::string& server, const std::vector<std::string>& all_except) const {
  std::vector<std::string> databases;
  for (const std::string& database : all_except) {
    if (!named_.contains({server, database})) {
      databases.push_back(database);
    }
  }
  return databases;
}

Sources sources_of(const Plan& plan) {
  const NamedDatabases named(plan);
  Sources sources;
  for (const Backup& backup : plan.backups) {
    for (const Step& step : backup.backup) {
      add_sources(step, named, sources);
    }
  }
  return sources;
}

}  // namespace backstay::plan
