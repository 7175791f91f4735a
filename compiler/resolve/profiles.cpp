#include "compiler/resolve/profiles.hpp"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "compiler/resolve/declarations.hpp"
#include "compiler/resolve/fact_reader.hpp"
#include "compiler/resolve/parameters.hpp"
#include "lang/base/fix.hpp"
#include "lang/base/suggest.hpp"

namespace backstay::compiler {
namespace {

using lang::DiagnosticKind;

// `openstack.nova.nova` is `openstack.nova`.
std::string_view shortest(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) {
    return name;
  }
  const std::string_view before = name.substr(0, dot);
  return before.substr(before.rfind('.') + 1) == name.substr(dot + 1) ? before : name;
}

}  // namespace

Profiles::Profiles(Context& context) : context_(context) {
  for (Declaration* declaration : context_.symbols.all(DeclarationKind::Profile)) {
    Profile& profile = profiles_.emplace_back();
    profile.declaration = declaration;
    read(profile);
  }
  for (Profile& profile : profiles_) {
    link(profile);
  }
  cut_cycles();
  weigh();
}

Profile* Profiles::refer(const LoadedFile& file, const Value& name) {
  Declaration* declaration =
      context_.symbols.find(DeclarationKind::Profile, profile_name(file.library, name.text()));
  if (declaration == nullptr) {
    Value short_name = name;
    short_name.argument.text = shortest(name.text());
    declaration = compiler::refer(context_, DeclarationKind::Profile, short_name);
  }
  if (declaration == nullptr) {
    return nullptr;
  }
  declaration->referenced = true;
  return &profiles_[declaration->index];
}

void Profiles::read(Profile& profile) {
  const Declaration& declaration = *profile.declaration;
  const LoadedFile& file = *declaration.file;
  Scope scope(&context_.scope_of(file));
  for (const lang::ast::Fact& fact : declaration.fact->facts) {
    auto parameter =
        fact.word.text == "param" ? read_parameter(file, fact) : std::optional<Parameter>();
    if (!parameter) {
      continue;
    }
    check_default(context_, *parameter);
    if (scope.add(*parameter)) {
      profile.parameters.push_back(std::move(*parameter));
    } else {
      report_parameter_twice(context_, *parameter, *scope.find(parameter->name));
    }
  }
  profile.facts = match_block(context_, file, declaration.fact->facts, "profile", scope);
  std::erase_if(profile.facts,
                [](const lang::MatchedFact& fact) { return fact.fact->word.text == "param"; });
}

void Profiles::link(Profile& profile) {
  const Declaration& declaration = *profile.declaration;
  const lang::Clause* from = declaration.matched ? declaration.matched->clause("from") : nullptr;
  if (from != nullptr && !from->values.empty()) {
    const Value name{from->values.front(), &declaration.file->tree};
    profile.from = name.span();
    profile.base = refer(*declaration.file, name);
  }
}

// Walks up from every profile, by name; the link that closes a circle is taken out.
void Profiles::cut_cycles() {
  std::unordered_map<const Profile*, std::size_t> walk_of;  // the walk that a profile was met in
  for (std::size_t number = 0; number < profiles_.size(); ++number) {
    std::vector<Profile*> walk;
    for (Profile* at = &profiles_[number]; at != nullptr; at = at->base) {
      const auto [met, fresh] = walk_of.emplace(at, number);
      if (!fresh && met->second == number) {
        report_cycle(walk, *at);
        walk.back()->base = nullptr;
      }
      if (!fresh) {
        break;
      }
      walk.push_back(at);
    }
  }
}

// From the nearest base that has its weight downwards, so that each is weighed once.
void Profiles::weigh() {
  for (Profile& profile : profiles_) {
    std::vector<Profile*> chain;
    for (Profile* at = &profile; at != nullptr && at->weight == 0; at = at->base) {
      chain.push_back(at);
    }
    for (auto at = chain.rbegin(); at != chain.rend(); ++at) {
      const std::size_t inherited = (*at)->base == nullptr ? 0 : (*at)->base->weight;
      (*at)->weight = inherited + (*at)->facts.size() + (*at)->parameters.size() + 1;
    }
  }
}

// walk  ends with the profile that starts from `first`, which stands in it, too.
void Profiles::report_cycle(const std::vector<Profile*>& walk, const Profile& first) {
  lang::Diagnostic finding{
      .kind = DiagnosticKind::ProfileCycle,
      .primary = walk.back()->from,
      .message = fmt::format("profile `{}` starts from itself", walk.back()->declaration->name)};
  std::string way = walk.back()->declaration->name;
  for (auto at = std::find(walk.begin(), walk.end(), &first); at != walk.end(); ++at) {
    way += " → " + (*at)->declaration->name;
    if (*at != walk.back()) {
      finding.labels.push_back({(*at)->from, "which leads back"});
    }
  }
  finding.witness.push_back(way);
  finding.help = "let one of the profiles stand alone";
  context_.diagnostics.add(std::move(finding));
}

ProfileUse::ProfileUse(Context& context,
                       Declaration& service,
                       Scope& service_scope,
                       const std::vector<lang::MatchedFact>& service_facts,
                       Profile* profile)
    : context_(context), service_(service) {
  gather_sets(service_facts, *service.file, service_scope);
  for (Profile* at = profile; at != nullptr; at = at->base) {
    enter(*at);
  }
  report_untaken(profile);
  std::reverse(layers_.begin(), layers_.end());
}

void ProfileUse::gather_sets(const std::vector<lang::MatchedFact>& facts,
                             const LoadedFile& file,
                             Scope& scope) {
  const std::size_t inherited = given_.size();
  for (const lang::MatchedFact& fact : facts) {
    const auto arguments = file.tree.arguments_of(*fact.fact);
    if (fact.fact->word.text != "set" || arguments.empty()) {
      continue;
    }
    const std::string_view name = arguments.front().text;
    // A value that an inner profile took already is no other's: `set server server` passes it on.
    const auto same = untaken_.find(name);
    if (same == untaken_.end()) {
      untaken_.emplace(name, given_.size());
      given_.push_back({name, scope.expand(file.tree, arguments.subspan(1)), fact.fact->span,
                        arguments.front().span});
    } else if (same->second >= inherited) {
      context_.diagnostics.add({.kind = DiagnosticKind::DuplicateFact,
                                .primary = fact.fact->span,
                                .message = fmt::format("parameter `{}` is set twice", name),
                                .labels = {{given_[same->second].span, "the first one"}},
                                .help = "keep one of them"});
    }
  }
}

void ProfileUse::enter(Profile& profile) {
  const LoadedFile& file = *profile.declaration->file;
  Scope& scope = scopes_.emplace_back(&context_.scope_of(file));
  for (Parameter parameter : profile.parameters) {
    fill(parameter);
    scope.add(std::move(parameter));
  }
  layers_.push_back({&file, &profile.facts, &scope});
  gather_sets(profile.facts, file, scope);
}

void ProfileUse::fill(Parameter& parameter) {
  const auto found = untaken_.find(parameter.name);
  if (found != untaken_.end()) {
    Given& given = given_[found->second];
    untaken_.erase(found);
    given.taken = true;
    const bool fits = fits_type(context_, parameter.name, parameter.type, given.values, given.span);
    parameter.value = fits ? std::optional(given.values) : std::nullopt;
  } else if (!parameter.value && !parameter.broken) {
    context_.diagnostics.add(
        {.kind = DiagnosticKind::MissingParameter,
         .primary = service_.span,
         .message = fmt::format("service `{}` gives no value for the parameter `{}` of its profile",
                                service_.name, parameter.name),
         .labels = {{parameter.span, fmt::format("it takes a value of type `{}`", parameter.type)}},
         .help = fmt::format("add `set {} …` to the service", parameter.name)});
  }
}

void ProfileUse::report_untaken(const Profile* profile) {
  if (untaken_.empty()) {
    return;
  }
  std::vector<std::string> names;
  for (const Profile* at = profile; at != nullptr; at = at->base) {
    for (const Parameter& parameter : at->parameters) {
      names.emplace_back(parameter.name);
    }
  }
  for (const Given& given : given_) {
    if (!given.taken) {
      report_untaken(given, profile, names);
    }
  }
}

void ProfileUse::report_untaken(const Given& given,
                                const Profile* profile,
                                const std::vector<std::string>& names) {
  constexpr std::size_t kShortList = 12;
  lang::Diagnostic finding{
      .kind = DiagnosticKind::UnknownParameter,
      .primary = given.name_span,
      .message = profile == nullptr
                     ? std::string("a service without a profile has no parameters to set")
                     : fmt::format("profile `{}` has no parameter `{}`", profile->declaration->name,
                                   given.name),
      .help = "take the line out"};
  if (!names.empty() && names.size() <= kShortList) {
    finding.help = fmt::format("it has `{}`", fmt::join(names, "`, `"));
  }
  const bool may_suggest = context_.suggestions++ < kMostSuggestions;
  if (const auto meant = may_suggest ? nearest(given.name, names) : std::nullopt) {
    finding.help =
        names.size() > kShortList ? fmt::format("did you mean `{}`?", *meant) : finding.help;
    finding.fixes.push_back(lang::replace(given.name_span, *meant));
  }
  finding.fixes.push_back(lang::remove_lines(given.span));
  context_.diagnostics.add(std::move(finding));
}

}  // namespace backstay::compiler
