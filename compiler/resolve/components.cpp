#include "compiler/resolve/components.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "compiler/model/component_name.hpp"

namespace backstay::compiler {
namespace {

class Names {
 public:
  Names(const Service& service, lang::Diagnostics& diagnostics)
      : service_(service), diagnostics_(diagnostics) {}

  void add(const std::string& name, const Span& place, bool is_file) {
    const auto [other, fresh] = places_.emplace(name, place);
    if (fresh) {
      return;
    }
    // Why: facts come sorted by their keys; a reader expects the later line to be the mistake.
    const auto [first, second] = std::minmax(other->second, place);
    diagnostics_.add({.kind = lang::DiagnosticKind::DuplicateComponent,
                      .primary = second,
                      .message = fmt::format("two components of service `{}` are called `{}.{}`",
                                             service_.name, service_.name, name),
                      .labels = {{first, "the other one"}, {service_.span, "in this service"}},
                      .help = is_file ? "give one of them another name with `as NAME`"
                                      : "give the path of this name another one with `as NAME`"});
  }

 private:
  const Service& service_;
  lang::Diagnostics& diagnostics_;
  std::map<std::string, Span> places_;
};

}  // namespace

void check_component_names(const Service& service,
                           const std::vector<DatabaseServer>& servers,
                           lang::Diagnostics& diagnostics) {
  Names names(service, diagnostics);
  const auto server = std::lower_bound(
      servers.begin(), servers.end(), service.name,
      [](const DatabaseServer& one, const std::string& name) { return one.name < name; });
  if (server != servers.end() && server->name == service.name) {
    names.add(std::string(kAccountsPart), server->span, false);
    if (server->method && server->method->value == DumpMethod::Physical) {
      names.add(std::string(kServerDataPart), server->span, false);
    }
  }
  for (const DatabaseFact& database : service.databases) {
    names.add(database.all ? std::string(kAllDatabasesPart) : component_part(database.name.value),
              database.name.span, false);
  }
  for (const PathFact& path : service.paths) {
    names.add(path.name.value, path.name.span, true);
  }
  for (const SqliteFact& sqlite : service.sqlites) {
    names.add(sqlite.name.value, sqlite.name.span, true);
  }
  for (const ExportFact& made : service.exports) {
    names.add(made.name.value, made.name.span, false);
  }
}

}  // namespace backstay::compiler
