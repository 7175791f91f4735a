#include "compiler/resolve/backups.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/resolve/block_reader.hpp"
#include "compiler/resolve/named_services.hpp"

namespace backstay::compiler {
namespace {

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
  }
  backup.services = named_services(context, *cover, services);
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
