#include "compiler/resolve/backups.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/resolve/block_reader.hpp"

namespace backstay::compiler {
namespace {

// On purpose not backed up: no `cover all` means it.
bool stands_outside(const Service& service) {
  return service.external || std::any_of(service.unprotected.begin(), service.unprotected.end(),
                                         [](const UnprotectedFact& fact) { return !fact.path; });
}

std::vector<Reference> references(Context& context, const Values& names) {
  std::vector<Reference> services;
  for (const Value& name : names) {
    if (const auto service = refer_index(context, DeclarationKind::Service, name)) {
      services.push_back(*service);
    }
  }
  return services;
}

std::vector<Reference> all_but(const std::vector<Service>& services,
                               const std::vector<Reference>& excepted,
                               const Span& place) {
  std::vector<bool> out(services.size(), false);
  for (const Reference& service : excepted) {
    out[service.value] = true;
  }
  std::vector<Reference> covered;
  for (Index index = 0; index < services.size(); ++index) {
    if (!out[index] && !stands_outside(services[index])) {
      covered.push_back({index, place});
    }
  }
  return covered;
}

// In the order of their indices; a service named twice is reported.
void sort_services(Context& context, std::vector<Reference>& services) {
  std::stable_sort(
      services.begin(), services.end(),
      [](const Reference& one, const Reference& other) { return one.value < other.value; });
  for (std::size_t at = 1; at < services.size(); ++at) {
    if (services[at].value == services[at - 1].value) {
      context.diagnostics.add({.kind = lang::DiagnosticKind::DuplicateFact,
                               .primary = services[at].span,
                               .message = "the service is named twice",
                               .labels = {{services[at - 1].span, "first named here"}},
                               .help = "take one of them out"});
    }
  }
}

void read_cover(Context& context,
                const BlockReader& block,
                const std::vector<Service>& services,
                Backup& backup) {
  const auto cover = block.fact("cover");
  if (!cover) {
    return;
  }
  if (cover->begins_with("all")) {
    backup.covers_all = cover->span();
    backup.services =
        all_but(services, references(context, cover->clause("except")), cover->span());
  } else {
    backup.services = references(context, cover->values());
    sort_services(context, backup.services);
  }
}

bool holds_data(const Service& service) {
  return !service.external &&
         !(service.paths.empty() && service.sqlites.empty() && service.databases.empty());
}

// A run that could capture nothing would still end well.
void check_captures(Context& context, const std::vector<Service>& services, const Backup& backup) {
  const bool captures =
      std::any_of(backup.services.begin(), backup.services.end(),
                  [&](const Reference& service) { return holds_data(services[service.value]); });
  // Facts with mistakes are not in the services: nothing is called missing then.
  if (!captures && !context.diagnostics.has_errors()) {
    report_missing(context, backup.span,
                   fmt::format("backup `{}` covers nothing that can be captured", backup.name),
                   "give a service that it covers a `path`, a `sqlite` or a `database`");
  }
}

void read_target(Context& context, const BlockReader& block, Backup& backup) {
  const auto to = block.fact("to");
  const Values values = to ? to->values() : Values{};
  if (!values.empty()) {
    backup.target = refer_index(context, DeclarationKind::Target, values.front());
  }
  if (values.size() > 1) {
    backup.retention = refer_index(context, DeclarationKind::Retention, values[1]);
  }
}

Backup resolve_backup(Context& context,
                      const Declaration& declaration,
                      const std::vector<Service>& services) {
  const BlockReader block(context, declaration);
  Backup backup{.name = declaration.name, .span = declaration.span};
  if (!block.says("cover")) {
    report_missing(context, declaration.span,
                   fmt::format("backup `{}` does not say what it covers", declaration.name),
                   "add `cover all services`");
  }
  if (!block.says("to")) {
    report_missing(context, declaration.span,
                   fmt::format("backup `{}` does not say where it goes", declaration.name),
                   "add `to TARGET keep RETENTION`");
  }
  read_cover(context, block, services, backup);
  read_target(context, block, backup);
  backup.schedule = block.reference("run", DeclarationKind::Schedule);
  backup.deadline = block.duration("deadline");
  check_captures(context, services, backup);
  return backup;
}

}  // namespace

std::vector<Backup> resolve_backups(Context& context, const std::vector<Service>& services) {
  std::vector<Backup> backups;
  for (const Declaration* declaration : context.symbols.all(DeclarationKind::Backup)) {
    backups.push_back(resolve_backup(context, *declaration, services));
  }
  return backups;
}

}  // namespace backstay::compiler
