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
  backup.services = named_services(context, *cover, cover->values(), services);
}

bool holds_data(const Service& service) {
  return !service.external &&
         !(service.paths.empty() && service.sqlites.empty() && service.databases.empty() &&
           service.exports.empty() && service.mirrors.empty());
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

// `run SCHEDULE [on HOST]`
void read_run(Context& context, const BlockReader& block, Backup& backup) {
  backup.schedule = block.reference("run", DeclarationKind::Schedule);
  if (const auto run = block.fact("run"); run && run->has("on")) {
    backup.run_on = refer_one_host(context, run->clause("on"));
  }
}

std::optional<CopyFact> read_copy(Context& context, const FactReader& fact) {
  const Values values = fact.values();
  if (values.size() < 2) {
    return std::nullopt;
  }
  const auto target = refer_index(context, DeclarationKind::Target, values[0]);
  const auto retention = refer_index(context, DeclarationKind::Retention, values[1]);
  CopyFact copy{.target = target.value_or(Reference{}),
                .retention = retention.value_or(Reference{}),
                .schedule = {},
                .lag = {},
                .span = fact.span()};
  if (const auto schedule = fact.first("run")) {
    copy.schedule = refer_index(context, DeclarationKind::Schedule, *schedule);
  }
  if (fact.has("through")) {
    copy.through = refer_one_host(context, fact.clause("through"));
  }
  if (const auto lag = fact.first("lag")) {
    copy.lag = read_duration(context, *lag);
  }
  return target && retention ? std::optional(copy) : std::nullopt;
}

void report_same_target(Context& context,
                        const Backup& backup,
                        const Reference& second,
                        const Reference& first) {
  context.diagnostics.add(
      {.kind = lang::DiagnosticKind::DuplicateFact,
       .primary = second.span,
       .message = fmt::format("backup `{}` goes to target `{}` twice", backup.name,
                              context.symbols.all(DeclarationKind::Target)[second.value]->name),
       .labels = {{first.span, "first named here"}},
       .help = "name another target: a second copy in one place is lost with the first"});
}

// By the names of their targets; one that has a copy already is reported.
void read_copies(Context& context, const BlockReader& block, Backup& backup) {
  for (const FactReader& fact : block.facts()) {
    if (fact.word() == "copy") {
      if (auto copy = read_copy(context, fact)) {
        backup.copies.push_back(*copy);
      }
    }
  }
  std::stable_sort(backup.copies.begin(), backup.copies.end(),
                   [](const CopyFact& one, const CopyFact& other) {
                     return one.target.value < other.target.value;
                   });
  for (std::size_t at = 0; at < backup.copies.size(); ++at) {
    const Reference& target = backup.copies[at].target;
    if (backup.target && backup.target->value == target.value) {
      report_same_target(context, backup, target, *backup.target);
    } else if (at > 0 && backup.copies[at - 1].target.value == target.value) {
      report_same_target(context, backup, target, backup.copies[at - 1].target);
    }
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
  read_run(context, block, backup);
  read_copies(context, block, backup);
  backup.deadline = block.some_time("deadline");
  backup.compression = block.literal("compression");
  backup.concurrency = block.number("concurrency");
  backup.notify = block.reference("notify", DeclarationKind::Notify);
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
