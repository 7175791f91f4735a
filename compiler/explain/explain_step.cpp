#include "compiler/explain/explain_step.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/explain/place.hpp"
#include "compiler/plan/plan_text.hpp"
#include "lang/base/overloaded.hpp"

namespace backstay::compiler {
namespace {

std::string databases_of(const std::vector<plan::DatabaseComponent>& databases,
                         const std::string& all_component) {
  std::vector<std::string> names;
  names.reserve(databases.size() + 1);
  for (const plan::DatabaseComponent& one : databases) {
    names.push_back(one.database);
  }
  if (!all_component.empty()) {
    names.emplace_back("every database that no service names");
  }
  return names.empty() ? "its accounts"
                       : fmt::format("{} and its accounts", fmt::join(names, ", "));
}

std::string rules_of(const std::vector<plan::PathRule>& except,
                     const std::vector<plan::PathRule>& keep) {
  std::string text;
  for (const plan::PathRule& rule : except) {
    text += fmt::format("  without  {}{}\n", rule.pattern,
                        rule.because.empty() ? "" : ": " + rule.because);
  }
  for (const plan::PathRule& rule : keep) {
    text += fmt::format("  but with {}\n", rule.pattern);
  }
  return text;
}

std::string rules_text(const plan::Action& action) {
  return std::visit(
      Overloaded{[](const plan::ArchiveFiles& step) { return rules_of(step.except, step.keep); },
                 [](const plan::RestoreFiles& step) { return rules_of(step.except, step.keep); },
                 [](const auto&) { return std::string(); }},
      action);
}

// --- who asked for it ---------------------------------------------------------------------------

/// Collects `what  (FILE:LINE)` lines, each place once.
class Askers {
 public:
  explicit Askers(const lang::SourceSet& sources) : sources_(sources) {}

  void add(const Span& span) {
    if (seen_.insert(span).second) {
      text_ += fmt::format("    {}  ({})\n", line_of(sources_, span), place_of(sources_, span));
    }
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  const lang::SourceSet& sources_;
  std::set<Span> seen_;
  std::string text_;
};

template <typename Declaration>
void add_named(const std::vector<Declaration>& all, const std::string& name, Askers& askers) {
  for (const Declaration& one : all) {
    if (one.name == name) {
      askers.add(one.span);
    }
  }
}

void add_databases(const Policy& policy,
                   const plan::Backup& backup,
                   const std::string& server,
                   Askers& askers) {
  for (const Service& service : policy.services) {
    if (!std::binary_search(backup.services.begin(), backup.services.end(), service.name)) {
      continue;
    }
    for (const DatabaseFact& fact : service.databases) {
      if (policy.servers[fact.server.value].name == server) {
        askers.add(fact.span);
      }
    }
  }
}

// The facts behind a component `SERVICE.NAME`.
void add_component(const Policy& policy, const std::string& component, Askers& askers) {
  for (const Service& service : policy.services) {
    if (!component.starts_with(service.name + ".")) {
      continue;
    }
    const std::string part = component.substr(service.name.size() + 1);
    for (const PathFact& fact : service.paths) {
      if (fact.name.value == part) {
        askers.add(fact.span);
      }
    }
    for (const SqliteFact& fact : service.sqlites) {
      if (fact.name.value == part) {
        askers.add(fact.span);
      }
    }
    if (!askers.text().empty()) {
      askers.add(service.span);
    }
  }
}

std::string askers_text(const FoundStep& found,
                        const Policy& policy,
                        const lang::SourceSet& sources) {
  Askers askers(sources);
  const auto component = [&](const auto& step) { add_component(policy, step.component, askers); };
  const auto server = [&](const auto& step) {
    add_named(policy.servers, step.server, askers);
    add_databases(policy, *found.backup, step.server, askers);
  };
  std::visit(
      Overloaded{[&](const plan::ArchiveFiles& step) { component(step); },
                 [&](const plan::RestoreFiles& step) { component(step); },
                 [&](const plan::CopySqlite& step) { component(step); },
                 [&](const plan::RestoreSqlite& step) { component(step); },
                 [&](const plan::DumpMariadb& step) { server(step); },
                 [&](const plan::RestoreMariadb& step) { server(step); }, [](const auto&) {}},
      found.step->action);
  add_named(policy.backups, found.backup->name, askers);
  return askers.text();
}

// --- its neighbours -----------------------------------------------------------------------------

std::string list_text(std::string_view title, const std::vector<std::string>& ids) {
  if (ids.empty()) {
    return fmt::format("  {}: nothing\n", title);
  }
  return fmt::format("  {}:\n    {}\n", title, fmt::join(ids, "\n    "));
}

std::vector<std::string> followers(const FoundStep& found) {
  std::vector<std::string> ids;
  for (const plan::Step& step : *found.graph) {
    if (std::find(step.after.begin(), step.after.end(), found.step->id) != step.after.end()) {
      ids.push_back(step.id);
    }
  }
  return ids;
}

}  // namespace

std::vector<FoundStep> find_steps(const plan::Plan& plan, std::string_view id) {
  std::vector<FoundStep> found;
  for (const plan::Backup& backup : plan.backups) {
    for (const auto* graph : {&backup.backup, &backup.restore}) {
      for (const plan::Step& step : *graph) {
        if (step.id == id) {
          found.push_back({&backup, graph, &step});
        }
      }
    }
  }
  return found;
}

std::vector<std::string> step_ids(const plan::Plan& plan) {
  std::set<std::string> ids;
  for (const plan::Backup& backup : plan.backups) {
    for (const auto* graph : {&backup.backup, &backup.restore}) {
      for (const plan::Step& step : *graph) {
        ids.insert(step.id);
      }
    }
  }
  return {ids.begin(), ids.end()};
}

std::string describe(const plan::Action& action) {
  return std::visit(
      Overloaded{
          [](const plan::CheckSources& step) {
            return fmt::format(
                "look at sources, servers, tools and target {} before anything is "
                "done",
                step.target);
          },
          [](const plan::DumpMariadb& step) {
            return fmt::format("dump {} of {} at one instant",
                               databases_of(step.databases, step.all_component), step.server);
          },
          [](const plan::CopySqlite& step) {
            return fmt::format("copy the SQLite file {} as {}", step.path, step.component);
          },
          [](const plan::ArchiveFiles& step) {
            return fmt::format("archive {} as {}", step.path, step.component);
          },
          [](const plan::CommitSnapshot& step) {
            return fmt::format("read everything back and make the snapshot visible in {}",
                               step.target);
          },
          [](const plan::VerifySnapshot& step) {
            return fmt::format("verify the snapshot in {} at level {}", step.target, step.level);
          },
          [](const plan::CheckSnapshot& step) {
            return fmt::format(
                "look at the snapshot in {} and at this host before anything is done", step.target);
          },
          [](const plan::RestoreFiles& step) {
            return fmt::format("restore {} from {}", step.path, step.component);
          },
          [](const plan::RestoreSqlite& step) {
            return fmt::format("restore the SQLite file {} from {}", step.path, step.component);
          },
          [](const plan::RestoreMariadb& step) {
            return fmt::format("restore {} of {}", databases_of(step.databases, step.all_component),
                               step.server);
          },
          [](const plan::FinishRestore&) {
            return std::string("write the report and say what is left to do by hand");
          },
          [&](const auto&) { return plan::describe(action); }},
      action);
}

std::string to_text(const FoundStep& found, const Policy& policy, const lang::SourceSet& sources) {
  const bool restores = found.graph == &found.backup->restore;
  const plan::Step& step = *found.step;
  std::string text = fmt::format("{}: a step of the {} of backup {}, on {}\n\n  {}\n", step.id,
                                 restores ? "restore" : "capture", found.backup->name, step.host,
                                 describe(step.action));
  text += rules_text(step.action);
  if (step.always) {
    text += "  it runs even when what it follows failed, so that what is complete is kept\n";
  }
  if (step.timeout.seconds > 0) {
    text += fmt::format("  it is ended after {}\n", to_string(step.timeout));
  }
  text += "  asked for by:\n" + askers_text(found, policy, sources);
  return text + list_text("follows", step.after) + list_text("is followed by", followers(found));
}

}  // namespace backstay::compiler
