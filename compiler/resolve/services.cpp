#include "compiler/resolve/services.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/resolve/fact_reader.hpp"
#include "compiler/resolve/growth.hpp"
#include "compiler/resolve/profiles.hpp"
#include "compiler/resolve/service_draft.hpp"

namespace backstay::compiler {
namespace {

namespace ast = lang::ast;

// What a service starts from; `lost` where the profile is unknown, so that nothing that it would
// have brought is called missing.
struct Start {
  Profile* profile = nullptr;
  bool lost = false;
};

Start start_of(Profiles& profiles, const Declaration& declaration) {
  if (!declaration.matched) {
    return {.profile = nullptr, .lost = true};
  }
  const lang::Clause* from = declaration.matched->clause("from");
  if (from == nullptr || from->values.empty()) {
    return {};
  }
  Start start;
  start.profile =
      profiles.refer(*declaration.file, Value{from->values.front(), &declaration.file->tree});
  start.lost = start.profile == nullptr;
  return start;
}

void add_layer(Context& context, ServiceDraft& draft, const Layer& layer, bool quiet) {
  draft.begin_layer(*layer.file);
  for (const lang::MatchedFact& fact : *layer.facts) {
    if (fact.fact->word.text == "without") {
      draft.take_away(layer.file->tree, *fact.fact, *layer.scope, quiet);
    }
  }
  for (const lang::MatchedFact& fact : *layer.facts) {
    if (fact.fact->word.text != "without" && fact.fact->word.text != "set") {
      draft.add(FactReader(context, *layer.scope, layer.file->tree, fact));
    }
  }
}

// Also where the fact had a mistake of its own.
bool has_fact(const ast::Fact& owner, std::string_view word) {
  return std::any_of(owner.facts.begin(), owner.facts.end(),
                     [word](const ast::Fact& fact) { return fact.word.text == word; });
}

Service resolve_service(Context& context, Profiles& profiles, Declaration& declaration) {
  const LoadedFile& file = *declaration.file;
  Scope& scope = context.scope_of(file);
  const auto own = match_block(context, file, declaration.fact->facts, "service", scope);
  Start start = start_of(profiles, declaration);
  // Before its parameters are filled in: they and the chain of its bases count, too.
  if (start.profile != nullptr &&
      !may_grow(context.facts_from_profiles, start.profile->weight, kMostFactsFromProfiles,
                declaration.span, "the facts that profiles give to services are",
                context.diagnostics)) {
    start = {.profile = nullptr, .lost = true};
  }
  ServiceDraft draft(context, declaration);
  if (start.lost) {
    add_layer(context, draft, {&file, &own, &scope}, true);
  } else {
    const ProfileUse use(context, declaration, scope, own, start.profile);
    for (const Layer& layer : use.layers()) {
      add_layer(context, draft, layer, false);
    }
    add_layer(context, draft, {&file, &own, &scope}, false);
  }
  const bool says_host = draft.says_host() || has_fact(*declaration.fact, "on");
  Service service = draft.finish();
  service.block = declaration.fact->block;
  if (start.profile != nullptr) {
    service.profile = start.profile->declaration->name;
  }
  if (!says_host && !service.external && !start.lost) {
    report_missing(context, declaration.span,
                   fmt::format("service `{}` does not say where it lives", declaration.name),
                   "add `on HOST`");
  }
  return service;
}

}  // namespace

std::vector<Service> resolve_services(Context& context) {
  Profiles profiles(context);
  const auto& declarations = context.symbols.all(DeclarationKind::Service);
  std::vector<Service> services;
  services.reserve(declarations.size());
  for (Declaration* declaration : declarations) {
    services.push_back(resolve_service(context, profiles, *declaration));
  }
  return services;
}

}  // namespace backstay::compiler
