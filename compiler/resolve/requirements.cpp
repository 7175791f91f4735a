#include "compiler/resolve/requirements.hpp"

#include <algorithm>
#include <array>

#include "compiler/resolve/named_services.hpp"

namespace backstay::compiler {
namespace {

using lang::ast::ArgumentKind;

struct PromiseWord {
  std::string_view word;
  PromiseKind kind;
};

constexpr std::array kPromiseWords{
    PromiseWord{"rpo", PromiseKind::Rpo},
    PromiseWord{"offsite-rpo", PromiseKind::OffsiteRpo},
    PromiseWord{"rto", PromiseKind::Rto},
    PromiseWord{"history", PromiseKind::History},
    PromiseWord{"copies", PromiseKind::Copies},
    PromiseWord{"media", PromiseKind::Media},
    PromiseWord{"offsite", PromiseKind::Offsite},
    PromiseWord{"drill", PromiseKind::Drill},
    PromiseWord{"encrypted", PromiseKind::Encrypted},
    PromiseWord{"immutable", PromiseKind::Immutable},
};

// Seconds of a duration, or a number; nothing after a finding. A promise of nothing is none.
std::optional<std::int64_t> amount_of(Context& context, const Value& value) {
  if (value.argument.kind == ArgumentKind::Duration) {
    const auto duration = read_some_time(context, value);
    return duration ? std::optional(duration->value.seconds) : std::nullopt;
  }
  const auto count = read_number(context, value);
  return count ? std::optional(count->value) : std::nullopt;
}

std::optional<PromiseFact> read_promise(Context& context, const FactReader& fact) {
  const auto* const word =
      std::find_if(kPromiseWords.begin(), kPromiseWords.end(),
                   [&](const PromiseWord& one) { return one.word == fact.word(); });
  if (word == kPromiseWords.end()) {
    return std::nullopt;
  }
  PromiseFact promise{.kind = word->kind, .span = fact.span()};
  if (word->kind == PromiseKind::Encrypted) {
    return promise;
  }
  const Values values = fact.values();
  const auto amount = values.empty() ? std::nullopt : amount_of(context, values.front());
  if (!amount) {
    return std::nullopt;
  }
  promise.amount = *amount;
  if (const auto tolerates = fact.first("tolerates")) {
    promise.tolerates = read_count(context, *tolerates).value_or(Located<std::int64_t>{}).value;
  }
  return promise;
}

}  // namespace

std::vector<Requirement> resolve_requirements(Context& context,
                                              const std::vector<Service>& services) {
  std::vector<Requirement> requirements;
  for (const NamelessDeclaration& declaration : context.requirements) {
    const LoadedFile& file = *declaration.file;
    Scope& scope = context.scope_of(file);
    const FactReader head(context, scope, file.tree, declaration.matched);
    Requirement requirement{.span = declaration.matched.fact->word.span};
    requirement.services = named_services(context, head, head.values(), services);
    for (const lang::MatchedFact& fact :
         match_block(context, file, declaration.matched.fact->facts, "require", scope)) {
      if (auto promise = read_promise(context, FactReader(context, scope, file.tree, fact))) {
        requirement.promises.push_back(*promise);
      }
    }
    requirements.push_back(std::move(requirement));
  }
  return requirements;
}

}  // namespace backstay::compiler
