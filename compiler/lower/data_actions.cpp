#include "compiler/lower/data_actions.hpp"

#include <set>

#include <fmt/format.h>

#include "compiler/model/component_name.hpp"
#include "lang/base/overloaded.hpp"
#include "lang/base/result.hpp"

namespace backstay::compiler {
namespace {

std::string component(const Service& service, std::string_view part) {
  return fmt::format("{}.{}", service.name, part);
}

std::string step_id(const Policy& policy,
                    std::string_view verb,
                    std::string_view what,
                    Index host) {
  return fmt::format("{}.{}@{}", verb, what, policy.hosts[host].name);
}

// `database all` leaves out what any service names, in this backup or another one.
std::vector<std::string> left_out_of_all(const std::vector<OwnedDatabase>& of_server,
                                         const DatabaseFact& all) {
  std::set<std::string> names;
  for (const Located<std::string>& name : all.except) {
    names.insert(name.value);
  }
  for (const OwnedDatabase& database : of_server) {
    if (!database.fact->all) {
      names.insert(database.fact->name.value);
    }
  }
  return {names.begin(), names.end()};
}

template <typename Dump>
Dump dump_of(const Policy& policy,
             const DatabaseServer& server,
             const std::vector<OwnedDatabase>& mine,
             const std::vector<OwnedDatabase>& of_server) {
  Dump dump{.server = server.name,
            .databases = {},
            .all_component = {},
            .all_except = {},
            .accounts_component = fmt::format("{}.{}", server.name, kAccountsPart)};
  for (const OwnedDatabase& owned : mine) {
    const Service& service = policy.services[owned.service];
    if (owned.fact->all) {
      dump.all_component = component(service, kAllDatabasesPart);
      dump.all_except = left_out_of_all(of_server, *owned.fact);
    } else {
      const std::string& database = owned.fact->name.value;
      dump.databases.push_back(
          {.component = component(service, component_part(database)), .database = database});
    }
  }
  std::sort(dump.databases.begin(), dump.databases.end(),
            [](const plan::DatabaseComponent& one, const plan::DatabaseComponent& other) {
              return one.database < other.database;
            });
  return dump;
}

plan::Action dump_action(const Policy& policy,
                         const DatabaseServer& server,
                         const std::vector<OwnedDatabase>& mine,
                         const std::vector<OwnedDatabase>& of_server) {
  switch (server.kind) {
    case ServerKind::Postgresql:
      return dump_of<plan::DumpPostgresql>(policy, server, mine, of_server);
    case ServerKind::Mariadb:
      break;
  }
  if (server.method && server.method->value == DumpMethod::Physical) {
    return plan::DumpMariadbPhysical{
        .server = server.name,
        .component = fmt::format("{}.{}", server.name, kServerDataPart),
        .accounts_component = fmt::format("{}.{}", server.name, kAccountsPart)};
  }
  return dump_of<plan::DumpMariadb>(policy, server, mine, of_server);
}

template <typename Restore, typename Dump>
plan::Action restore_databases(const Dump& step) {
  return Restore{.server = step.server,
                 .databases = step.databases,
                 .all_component = step.all_component,
                 .accounts_component = step.accounts_component};
}

}  // namespace

DataStep server_step(const Policy& policy,
                     Index server,
                     Index host,
                     const std::vector<OwnedDatabase>& mine,
                     const std::vector<OwnedDatabase>& of_server) {
  const DatabaseServer& declared = policy.servers[server];
  DataStep step{
      .host = host,
      .id = step_id(policy, "dump", declared.name, host),
      .from = fmt::format("{} {}", declared.kind == ServerKind::Mariadb ? "mariadb" : "postgresql",
                          declared.name),
      .action = dump_action(policy, declared, mine, of_server),
      .owners = {}};
  std::set<Index> owners;
  for (const OwnedDatabase& owned : mine) {
    owners.insert(owned.service);
  }
  step.owners.assign(owners.begin(), owners.end());
  return step;
}

DataStep sqlite_step(const Policy& policy, Index service, const SqliteFact& fact, Index host) {
  const Service& owner = policy.services[service];
  const std::string name = component(owner, fact.name.value);
  return {.host = host,
          .id = step_id(policy, "sqlite", name, host),
          .from = fmt::format("service {}: sqlite {}", owner.name, fact.path.value),
          .action = plan::CopySqlite{.component = name, .path = fact.path.value},
          .owners = {service}};
}

DataStep path_step(const Policy& policy,
                   Index service,
                   const PathFact& fact,
                   const PathRules& excepts,
                   const PathRules& keeps,
                   Index host) {
  const Service& owner = policy.services[service];
  const std::string name = component(owner, fact.name.value);
  return {.host = host,
          .id = step_id(policy, "archive", name, host),
          .from = fmt::format("service {}: path {}", owner.name, fact.path.value),
          .action = plan::ArchiveFiles{.component = name,
                                       .path = fact.path.value,
                                       .except = excepts.reaching(fact.path.value),
                                       .keep = keeps.reaching(fact.path.value),
                                       .optional = fact.optional,
                                       .may_change = fact.may_change,
                                       .may_vanish = fact.may_vanish},
          .owners = {service}};
}

DataStep export_step(const Policy& policy, Index service, const ExportFact& fact, Index host) {
  const Service& owner = policy.services[service];
  const std::string name = component(owner, fact.name.value);
  return {.host = host,
          .id = step_id(policy, "export", name, host),
          .from = fmt::format("service {}: export {}", owner.name, fact.name.value),
          .action = plan::CaptureOutput{.component = name, .command = fact.run},
          .owners = {service}};
}

plan::Action restore_of(const plan::Action& capture) {
  return std::visit(Overloaded{[](const plan::DumpMariadb& step) {
                                 return restore_databases<plan::RestoreMariadb>(step);
                               },
                               [](const plan::DumpPostgresql& step) {
                                 return restore_databases<plan::RestorePostgresql>(step);
                               },
                               [](const plan::DumpMariadbPhysical& step) -> plan::Action {
                                 return plan::RestoreMariadbPhysical{
                                     .server = step.server,
                                     .component = step.component,
                                     .accounts_component = step.accounts_component};
                               },
                               [](const plan::CopySqlite& step) -> plan::Action {
                                 return plan::RestoreSqlite{.component = step.component,
                                                            .path = step.path};
                               },
                               [](const plan::ArchiveFiles& step) -> plan::Action {
                                 return plan::RestoreFiles{.component = step.component,
                                                           .path = step.path,
                                                           .except = step.except,
                                                           .keep = step.keep,
                                                           .optional = step.optional};
                               },
                               [](const auto&) -> plan::Action {
                                 BACKSTAY_CHECK(false, "only data steps are restored");
                                 return {};
                               }},
                    capture);
}

std::string restore_id(const std::string& id) {
  const std::size_t dot = id.find('.');
  const std::string verb = id.substr(0, dot);
  return (verb == "archive" ? "files" : verb == "dump" ? "database" : verb) + id.substr(dot);
}

}  // namespace backstay::compiler
