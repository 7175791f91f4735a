#include "compiler/resolve/service_draft.hpp"

#include <algorithm>

#include "compiler/model/component_name.hpp"

namespace backstay::compiler {
namespace {

using lang::DiagnosticKind;
using lang::ast::ArgumentKind;

// Keys are texts of the language, which hold no NUL: this one cannot meet a database's name.
constexpr std::string_view kAllDatabasesKey("\0all", 4);

std::string key_of(const std::vector<Located<std::string>>& units) {
  std::string key;
  for (const Located<std::string>& unit : units) {
    key.append(unit.value).push_back('\0');
  }
  return key;
}

Located<std::string> component_name(const FactReader& fact, const Located<std::string>& path) {
  // As it stands: a name that is given is never a parameter.
  const lang::Clause* named = fact.matched().clause("as");
  if (named != nullptr && named->values.front().kind != ArgumentKind::Invalid) {
    return {component_part(named->values.front().text), named->values.front().span};
  }
  return {default_component_part(path.value), path.span};
}

}  // namespace

std::string key_of(const std::vector<std::string>& command) {
  std::string key;
  for (const std::string& text : command) {
    key.append(text).push_back('\0');
  }
  return key;
}

void ServiceDraft::report_said_twice(const Span& second, const Span& first) {
  context_.diagnostics.add({.kind = DiagnosticKind::DuplicateFact,
                            .primary = second,
                            .message = "the same is said twice in one block",
                            .labels = {{first, "first said here"}},
                            .help = "keep one of them"});
}

void ServiceDraft::add(const FactReader& fact) {
  const std::string_view word = fact.word();
  if (word == "needs") {
    add_services(fact, needs_, true);
  } else if (word == "instant-with") {
    add_services(fact, instant_with_, false);
  } else if (word == "units") {
    units_ = read_units(fact.values());
  } else if (word == "held") {
    add_held(fact);
  } else if (word == "on") {
    hosts_ = refer_hosts(context_, fact.values());
  } else if (word == "check") {
    add_check(fact);
  } else if (word == "unprotected") {
    add_unprotected(fact);
  } else if (word == "external") {
    external_ = fact.because().value_or(Located<std::string>{"", fact.span()});
  } else if (!add_effect(fact)) {
    add_data(fact);
  }
}

void ServiceDraft::add_data(const FactReader& fact) {
  const std::string_view word = fact.word();
  if (word == "path") {
    add_path(fact);
  } else if (word == "except") {
    add_rule(fact, excepts_);
  } else if (word == "keep") {
    add_rule(fact, keeps_);
  } else if (word == "database") {
    fact.begins_with("all") ? add_all_databases(fact) : add_databases(fact);
  } else if (word == "sqlite") {
    add_sqlite(fact);
  } else if (word == "sealed-by") {
    add_sealed_by(fact);
  }
}

void ServiceDraft::add_path(const FactReader& fact) {
  const Values values = fact.values();
  const auto path = values.empty() ? std::nullopt : read_path(context_, values.front());
  if (!path) {
    return;
  }
  put(paths_, path->value,
      PathFact{.path = *path,
               .name = component_name(fact, *path),
               .optional = fact.has("optional"),
               .may_change = fact.has("may-change"),
               .may_vanish = fact.has("may-vanish"),
               .span = fact.span()},
      fact.span());
}

void ServiceDraft::add_rule(const FactReader& fact, KeyedItems<RuleFact>& rules) {
  const Values values = fact.values();
  const auto pattern = values.empty() ? std::nullopt : read_pattern(values.front());
  if (pattern) {
    put(rules, pattern->value,
        RuleFact{.pattern = *pattern, .because = fact.because(), .span = fact.span()}, fact.span());
  }
}

void ServiceDraft::add_databases(const FactReader& fact) {
  Values names = fact.values();
  if (names.size() < 2) {
    return;
  }
  const auto server = refer_index(context_, DeclarationKind::Server, names.back());
  names.pop_back();
  for (const Value& name : names) {
    const auto text = read_text(name);
    if (server && text) {
      put(databases_, text->value,
          DatabaseFact{.name = *text, .server = *server, .span = fact.span()}, text->span);
    }
  }
}

void ServiceDraft::add_all_databases(const FactReader& fact) {
  const Values values = fact.values();
  const auto server =
      values.empty() ? std::nullopt : refer_index(context_, DeclarationKind::Server, values.back());
  if (!server) {
    return;
  }
  DatabaseFact all{
      .name = {"all", fact.span()}, .all = true, .server = *server, .span = fact.span()};
  for (const Value& name : fact.clause("except")) {
    if (auto text = read_text(name)) {
      all.except.push_back(std::move(*text));
    }
  }
  put(databases_, std::string(kAllDatabasesKey), std::move(all), fact.span());
}

void ServiceDraft::add_sqlite(const FactReader& fact) {
  const Values values = fact.values();
  const auto path = values.empty() ? std::nullopt : read_path(context_, values.front());
  if (path) {
    put(sqlites_, path->value,
        SqliteFact{.path = *path, .name = component_name(fact, *path), .span = fact.span()},
        fact.span());
  }
}

void ServiceDraft::add_check(const FactReader& fact) {
  const Values values = fact.values();
  auto command = values.empty() ? std::nullopt : read_command(context_, values.front());
  if (!command) {
    return;
  }
  CheckFact check{.command = std::move(command->value),
                  .accepts = read_statuses(context_, fact.clause("accepts")),
                  .span = fact.span()};
  if (const auto within = fact.first("within")) {
    check.within = read_duration(context_, *within).value_or(Located<Duration>{check.within}).value;
  }
  std::string key = key_of(check.command);
  put(checks_, std::move(key), std::move(check), fact.span());
}

void ServiceDraft::add_held(const FactReader& fact) {
  HeldFact held{.units = read_units(fact.values()), .because = fact.because(), .span = fact.span()};
  std::string key = key_of(held.units);
  put(held_, std::move(key), std::move(held), fact.span());
}

void ServiceDraft::add_sealed_by(const FactReader& fact) {
  const Values values = fact.values();
  const auto path = values.empty() ? std::nullopt : read_path(context_, values.front());
  if (path) {
    put(sealed_by_, path->value, SealedByFact{.path = *path, .span = fact.span()}, fact.span());
  }
}

void ServiceDraft::add_services(const FactReader& fact,
                                KeyedItems<Reference>& services,
                                bool must_exist) {
  for (const Value& name : fact.values()) {
    if (name.argument.kind == ArgumentKind::Invalid) {
      continue;
    }
    // Why: the standard library cannot know which services a policy has, nor what they are called;
    // a name that the policy gives to a parameter is the policy's own.
    const bool from_library = file_->standard && name.file == &file_->tree;
    const bool itself = from_library && name.text() == declaration_.name;
    const bool exists = context_.symbols.find(DeclarationKind::Service, name.text()) != nullptr;
    if (itself || (!exists && (!must_exist || from_library))) {
      continue;
    }
    if (const auto service = refer_index(context_, DeclarationKind::Service, name)) {
      put(services, std::string(name.text()), *service, name.span());
    }
  }
}

void ServiceDraft::add_unprotected(const FactReader& fact) {
  UnprotectedFact unprotected{.path = {}, .because = fact.because(), .span = fact.span()};
  const Values values = fact.values();
  if (!values.empty()) {
    unprotected.path = read_path(context_, values.front());
    if (!unprotected.path) {
      return;
    }
  }
  std::string key = unprotected.path ? unprotected.path->value : std::string();
  put(unprotected_, std::move(key), std::move(unprotected), fact.span());
}

Service ServiceDraft::finish() {
  Service service{.name = declaration_.name, .span = declaration_.span};
  service.hosts = std::move(hosts_).value_or(std::vector<Reference>{});
  if (!service.hosts.empty()) {
    service.host = service.hosts.front();
  }
  service.needs = needs_.take_sorted();
  service.units = std::move(units_).value_or(std::vector<Located<std::string>>{});
  service.held = held_.take_sorted();
  service.paths = paths_.take_sorted();
  service.excepts = excepts_.take_sorted();
  service.keeps = keeps_.take_sorted();
  service.databases = databases_.take_sorted();
  service.sqlites = sqlites_.take_sorted();
  service.checks = checks_.take_sorted();
  service.sealed_by = sealed_by_.take_sorted();
  service.instant_with = instant_with_.take_sorted();
  service.unprotected = unprotected_.take_sorted();
  service.external = std::move(external_);
  finish_effects(service);
  return service;
}

}  // namespace backstay::compiler
