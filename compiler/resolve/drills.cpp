#include "compiler/resolve/drills.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "compiler/resolve/block_reader.hpp"
#include "compiler/resolve/named_services.hpp"
#include "lang/base/fix.hpp"
#include "lang/base/suggest.hpp"

namespace backstay::compiler {
namespace {

using lang::DiagnosticKind;

// Databases that a restore of some services brings.
struct Databases {
  std::vector<std::string> names;
  bool any = false;  ///< `database all`: which they are is known when it runs
};

Databases databases_of(const Drill& drill, const std::vector<Service>& services) {
  Databases found;
  for (const Reference& service : drill.services) {
    for (const DatabaseFact& database : services[service.value].databases) {
      found.any = found.any || database.all;
      found.names.push_back(database.name.value);
    }
  }
  std::sort(found.names.begin(), found.names.end());
  return found;
}

void read_restore(Context& context,
                  const Declaration& declaration,
                  const BlockReader& block,
                  const std::vector<Service>& services,
                  Drill& drill) {
  const auto restore = block.fact("restore");
  if (!restore) {
    if (!block.says("restore")) {
      report_missing(context, declaration.span,
                     fmt::format("drill `{}` does not say what it restores", declaration.name),
                     "add `restore all services from TARGET into sandbox`");
    }
    return;
  }
  drill.restore = restore->span();
  if (const auto target = restore->first("from")) {
    drill.target = refer_index(context, DeclarationKind::Target, *target);
  }
  Values names = restore->values();
  names.resize(names.size() - std::min(names.size(), restore->clause("from").size()));
  drill.services = named_services(context, *restore, names, services);
}

// DB.TABLE: a name of the world may hold dots of its own, which then belong to the table.
std::optional<ExpectRows> read_rows(Context& context, const FactReader& fact) {
  const auto name = fact.first("rows");
  const auto least = fact.first("at-least");
  const auto text = name ? read_text(*name) : std::nullopt;
  const auto rows = least ? read_number(context, *least) : std::nullopt;
  if (!text || !rows) {
    return std::nullopt;
  }
  const std::size_t dot = text->value.find('.');
  if (dot == 0 || dot == std::string::npos || dot + 1 == text->value.size()) {
    context.diagnostics.add({.kind = DiagnosticKind::WrongType,
                             .primary = text->span,
                             .message = fmt::format("`{}` is no table of a database", text->value),
                             .help = "write both with a dot between, for example `keystone.user`"});
    return std::nullopt;
  }
  return ExpectRows{.database = {text->value.substr(0, dot), text->span},
                    .table = {text->value.substr(dot + 1), text->span},
                    .at_least = rows->value,
                    .span = fact.span()};
}

std::optional<ExpectFile> read_file(Context& context, const FactReader& fact) {
  const auto value = fact.first("file");
  const auto path = value ? read_path(context, *value) : std::nullopt;
  if (!path) {
    return std::nullopt;
  }
  ExpectFile file{.path = *path, .host = {}, .span = fact.span()};
  if (fact.has("on")) {
    file.host = refer_one_host(context, fact.clause("on"));
  }
  return file;
}

std::optional<ExpectRun> read_run(Context& context, const FactReader& fact) {
  const auto value = fact.first("run");
  auto command = value ? read_command(context, *value) : std::nullopt;
  if (!command) {
    return std::nullopt;
  }
  return ExpectRun{.command = std::move(command->value),
                   .accepts = read_statuses(context, fact.clause("accepts")),
                   .span = fact.span()};
}

void read_expectations(Context& context, const BlockReader& block, Drill& drill) {
  for (const FactReader& fact : block.facts()) {
    if (fact.word() != "expect") {
      continue;
    }
    if (fact.begins_with("rows")) {
      if (auto rows = read_rows(context, fact)) {
        drill.rows.push_back(std::move(*rows));
      }
    } else if (fact.begins_with("file")) {
      if (auto file = read_file(context, fact)) {
        drill.files.push_back(std::move(*file));
      }
    } else if (auto run = read_run(context, fact)) {
      drill.commands.push_back(std::move(*run));
    }
  }
}

// By a key; two of one key are reported.
template <typename Expectation, typename Key>
void sort_by(Context& context, std::vector<Expectation>& all, Key key) {
  std::stable_sort(all.begin(), all.end(), [&](const Expectation& one, const Expectation& other) {
    return key(one) < key(other);
  });
  for (std::size_t at = 1; at < all.size(); ++at) {
    if (key(all[at]) == key(all[at - 1])) {
      context.diagnostics.add({.kind = DiagnosticKind::DuplicateFact,
                               .primary = all[at].span,
                               .message = "the same is expected twice",
                               .labels = {{all[at - 1].span, "first said here"}},
                               .help = "keep one of them",
                               .fixes = {lang::remove_lines(all[at].span)}});
    }
  }
}

void sort_expectations(Context& context, Drill& drill) {
  sort_by(context, drill.rows,
          [](const ExpectRows& rows) { return std::tie(rows.database.value, rows.table.value); });
  sort_by(context, drill.files, [](const ExpectFile& file) {
    return std::pair(std::string_view(file.path.value),
                     file.host ? std::optional(file.host->value) : std::nullopt);
  });
  sort_by(context, drill.commands,
          [](const ExpectRun& run) -> const std::vector<std::string>& { return run.command; });
}

void check_databases(Context& context, const Drill& drill, const std::vector<Service>& services) {
  if (drill.rows.empty() || !drill.restore) {
    return;
  }
  const Databases known = databases_of(drill, services);
  for (const ExpectRows& rows : drill.rows) {
    const std::string& name = rows.database.value;
    if (known.any || std::binary_search(known.names.begin(), known.names.end(), name)) {
      continue;
    }
    lang::Diagnostic finding{.kind = DiagnosticKind::UnknownReference,
                             .primary = rows.database.span,
                             .message = fmt::format("the drill restores no database `{}`", name),
                             .labels = {{*drill.restore, "this is restored"}},
                             .help = "name a database of a service that it restores"};
    if (const std::string meant = did_you_mean(name, known.names); !meant.empty()) {
      finding.help = meant;
    }
    context.diagnostics.add(std::move(finding));
  }
}

Drill resolve_drill(Context& context,
                    const Declaration& declaration,
                    const std::vector<Service>& services) {
  const BlockReader block(context, declaration);
  Drill drill{.name = declaration.name, .span = declaration.span};
  read_restore(context, declaration, block, services, drill);
  drill.schedule = block.reference("run", DeclarationKind::Schedule);
  if (const auto on = block.fact("on")) {
    drill.host = refer_one_host(context, on->values());
  }
  read_expectations(context, block, drill);
  sort_expectations(context, drill);
  // What a service lost to a mistake is not called unknown as well.
  if (!context.diagnostics.has_errors()) {
    check_databases(context, drill, services);
  }
  drill.deadline = block.some_time("deadline");
  drill.notify = block.reference("notify", DeclarationKind::Notify);
  return drill;
}

}  // namespace

std::vector<Drill> resolve_drills(Context& context, const std::vector<Service>& services) {
  std::vector<Drill> drills;
  for (const Declaration* declaration : context.symbols.all(DeclarationKind::Drill)) {
    drills.push_back(resolve_drill(context, *declaration, services));
  }
  return drills;
}

}  // namespace backstay::compiler
