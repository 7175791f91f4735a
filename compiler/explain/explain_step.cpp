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
                         const std::string& all_component,
                         const std::vector<std::string>& all_except = {}) {
  std::vector<std::string> names;
  names.reserve(databases.size() + 1);
  for (const plan::DatabaseComponent& one : databases) {
    names.push_back(one.database);
  }
  if (!all_component.empty()) {
    std::vector<std::string> without;
    for (const std::string& database : all_except) {
      if (std::find(names.begin(), names.end(), database) == names.end()) {
        without.push_back(database);
      }
    }
    names.emplace_back("every database that no service names");
    if (!without.empty()) {
      names.back() += fmt::format(" (without {})", fmt::join(without, ", "));
    }
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
    for (const ExportFact& fact : service.exports) {
      if (fact.name.value == part) {
        askers.add(fact.span);
      }
    }
    if (!askers.text().empty()) {
      askers.add(service.span);
    }
  }
}

void add_hook(const std::optional<HookFact>& hook, bool asked, Askers& askers) {
  if (hook && asked) {
    askers.add(hook->span);
  }
}

const Service* service_named(const Policy& policy, const std::string& name) {
  const auto found = std::find_if(policy.services.begin(), policy.services.end(),
                                  [&](const Service& service) { return service.name == name; });
  return found == policy.services.end() ? nullptr : &*found;
}

/// Adds the facts of a service that ask for a step of one of the kinds around the data.
class ServiceFacts {
 public:
  ServiceFacts(const Service& service, bool restores, Askers& askers)
      : service_(service), restores_(restores), askers_(askers) {}

  void operator()(const plan::RunCommand& step) const {
    add_hook(service_.before_backup, step.moment == "before-backup", askers_);
    add_hook(service_.after_backup, step.moment == "after-backup", askers_);
    add_hook(service_.before_restore, step.moment == "before-restore", askers_);
    add_hook(service_.after_restore, step.moment == "after-restore", askers_);
  }

  void operator()(const plan::StopUnits& /*step*/) const { units(); }

  void operator()(const plan::StartUnits& /*step*/) const { units(); }

  void operator()(const plan::CheckService& /*step*/) const {
    for (const CheckFact& fact : service_.checks) {
      askers_.add(fact.span);
    }
  }

  void operator()(const plan::MirrorTree& step) const {
    for (const MirrorFact& fact : service_.mirrors) {
      if (fact.path.value == step.path) {
        askers_.add(fact.span);
      }
    }
  }

  void operator()(const plan::ReplicateFiles& step) const {
    for (const ReplicateFact& fact : service_.replicas) {
      if (fact.path.value == step.path) {
        askers_.add(fact.span);
      }
    }
  }

 private:
  void units() const {
    if (service_.quiesce_stop && !restores_) {
      askers_.add(*service_.quiesce_stop);
    }
    for (const Located<std::string>& unit : service_.units) {
      askers_.add(unit.span);
    }
  }

  const Service& service_;
  bool restores_;
  Askers& askers_;
};

void add_copy(const Policy& policy,
              const std::string& backup,
              const std::string& target,
              Askers& askers) {
  for (const Backup& one : policy.backups) {
    for (const CopyFact& copy : one.copies) {
      if (one.name == backup && policy.targets[copy.target.value].name == target) {
        askers.add(copy.span);
      }
    }
  }
}

void add_expectations(const Policy& policy, const FoundStep& found, Askers& askers) {
  for (const Drill& drill : policy.drills) {
    if (found.owner != "drill " + drill.name) {
      continue;
    }
    std::visit(
        Overloaded{[&](const plan::ExpectRows& step) {
                     for (const ExpectRows& fact : drill.rows) {
                       if (fact.database.value == step.database && fact.table.value == step.table) {
                         askers.add(fact.span);
                       }
                     }
                   },
                   [&](const plan::ExpectFile& step) {
                     for (const ExpectFile& fact : drill.files) {
                       if (fact.path.value == step.path) {
                         askers.add(fact.span);
                       }
                     }
                   },
                   [&](const plan::ExpectRun& step) {
                     for (const ExpectRun& fact : drill.commands) {
                       if (fact.command == step.command) {
                         askers.add(fact.span);
                       }
                     }
                   },
                   [](const auto&) {}},
        found.step->action);
    askers.add(drill.span);
  }
}

void add_service_facts(const Policy& policy, const FoundStep& found, Askers& askers) {
  std::visit(
      [&](const auto& step) {
        if constexpr (requires { step.service; }) {
          if (const Service* service = service_named(policy, step.service)) {
            const ServiceFacts facts(*service, found.restores, askers);
            if constexpr (requires { facts(step); }) {
              facts(step);
            }
            askers.add(service->span);
          }
        }
      },
      found.step->action);
}

std::string askers_text(const FoundStep& found,
                        const Policy& policy,
                        const lang::SourceSet& sources) {
  Askers askers(sources);
  std::visit(
      [&](const auto& step) {
        if constexpr (requires { step.databases; }) {
          add_named(policy.servers, step.server, askers);
          if (found.backup != nullptr) {
            add_databases(policy, *found.backup, step.server, askers);
          }
        } else if constexpr (requires { step.component; }) {
          add_component(policy, step.component, askers);
        }
        if constexpr (std::is_same_v<std::decay_t<decltype(step)>, plan::CopySnapshot> ||
                      std::is_same_v<std::decay_t<decltype(step)>, plan::PruneTarget>) {
          add_copy(policy, found.backup == nullptr ? "" : found.backup->name, step.target, askers);
        }
      },
      found.step->action);
  add_service_facts(policy, found, askers);
  add_expectations(policy, found, askers);
  if (found.backup != nullptr) {
    add_named(policy.backups, found.backup->name, askers);
  }
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

namespace {

// Calls `visit` with every graph of a plan, as a found step that lacks the step.
template <typename Visit>
void each_graph(const plan::Plan& plan, const Visit& visit) {
  for (const plan::Backup& backup : plan.backups) {
    const std::string name = "backup " + backup.name;
    visit(FoundStep{name, "capture of " + name, &backup, &backup.backup, nullptr, false});
    visit(FoundStep{name, "restore of " + name, &backup, &backup.restore, nullptr, true});
    for (const plan::Copy& copy : backup.copies) {
      visit(FoundStep{name, fmt::format("copy of {} to {}", name, copy.target), &backup,
                      &copy.steps, nullptr, false});
    }
  }
  for (const plan::Drill& drill : plan.drills) {
    const std::string name = "drill " + drill.name;
    visit(FoundStep{name, name, nullptr, &drill.steps, nullptr, true});
  }
}

}  // namespace

std::vector<FoundStep> find_steps(const plan::Plan& plan, std::string_view id) {
  std::vector<FoundStep> found;
  each_graph(plan, [&](FoundStep place) {
    for (const plan::Step& step : *place.graph) {
      if (step.id == id) {
        place.step = &step;
        found.push_back(place);
      }
    }
  });
  return found;
}

std::vector<std::string> step_ids(const plan::Plan& plan) {
  std::set<std::string> ids;
  each_graph(plan, [&](const FoundStep& place) {
    for (const plan::Step& step : *place.graph) {
      ids.insert(step.id);
    }
  });
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
                               databases_of(step.databases, step.all_component, step.all_except),
                               step.server);
          },
          [](const plan::DumpPostgresql& step) {
            return fmt::format("dump {} of {}, each at an instant of its own",
                               databases_of(step.databases, step.all_component, step.all_except),
                               step.server);
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
  const plan::Step& step = *found.step;
  std::string text = fmt::format("{}: a step of the {}, on {}\n\n  {}\n", step.id, found.title,
                                 step.host, compiler::describe(step.action));
  text += rules_text(step.action);
  if (!step.undoes.empty()) {
    text +=
        fmt::format("  it puts right what {} did, and runs whenever that one began\n", step.undoes);
  } else if (step.always) {
    text += "  it runs even when what it follows failed, so that what is complete is kept\n";
  }
  if (step.timeout.seconds > 0) {
    text += fmt::format("  it is ended after {}\n", to_string(step.timeout));
  }
  text += "  asked for by:\n" + askers_text(found, policy, sources);
  return text + list_text("follows", step.after) + list_text("is followed by", followers(found));
}

}  // namespace backstay::compiler
