#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "compiler/load/standard_library.hpp"
#include "compiler/resolve/context.hpp"
#include "lang/base/fix.hpp"
#include "lang/syntax/literals.hpp"

namespace backstay::compiler {
namespace {

using lang::DiagnosticKind;
using lang::ast::ArgumentKind;

// Why: a suggestion looks at every name of its kind. Nobody reads hundreds of them, and a file in
// which all names are unknown must not take quadratic time.
constexpr std::size_t kMostSuggestions = 50;

std::string article(DeclarationKind kind) {
  const std::string_view word = word_of(kind);
  return std::string(word.starts_with('a') || word.starts_with('e') ? "an " : "a ").append(word);
}

// The line `import NAME` below the last import of the file, or below its head.
lang::Fix import_library(const Context& context, const Value& name) {
  Span place{name.span().file, 0, 0};
  for (const LoadedFile& file : context.loaded.files) {
    for (const lang::ast::Fact& fact : file.tree.facts) {
      const std::string_view word = fact.word.text;
      const bool head = word == "language" || word == "policy" || word == "library";
      if (file.tree.id == place.file && (head || word == "import") && place.begin < fact.span.end) {
        place = {place.file, fact.span.end, fact.span.end};
      }
    }
  }
  return lang::insert_line_below(place, fmt::format("import {}", name.text()));
}

void add_help(Context& context,
              DeclarationKind kind,
              const Value& value,
              lang::Diagnostic& finding) {
  const std::string_view name = value.text();
  const auto elsewhere = context.symbols.kinds_of(name);
  finding.help = fmt::format("declare it: `{} {}`", word_of(kind), name);
  if (!elsewhere.empty()) {
    finding.help = fmt::format("`{}` is {}, and {} is needed here", name,
                               article(elsewhere.front()), article(kind));
  } else if (kind == DeclarationKind::Profile && standard_library_text(name)) {
    finding.help = fmt::format("add `import {}`", name);
    finding.fixes.push_back(import_library(context, value));
  } else if (context.suggestions++ < kMostSuggestions) {
    lang::suggest(finding, name, context.symbols.names(kind));
  }
}

bool names_something(const Value& name) {
  return name.argument.kind == ArgumentKind::Word || name.argument.kind == ArgumentKind::String;
}

void report_unknown(Context& context, DeclarationKind kind, const Value& name) {
  lang::Diagnostic finding{
      .kind = DiagnosticKind::UnknownReference,
      .primary = name.span(),
      .message = fmt::format("no {} is called `{}`", word_of(kind), name.text())};
  add_help(context, kind, name, finding);
  context.diagnostics.add(std::move(finding));
}

// A host list as one value a name, each at the place of the list; any other value as it is. A list
// that cannot be expanded was reported by the parser.
Values each_host(Context& context, const Value& value) {
  if (value.argument.kind != ArgumentKind::HostList) {
    return {value};
  }
  Values values;
  for (std::string& name : lang::expand_host_list(value.text()).hosts) {
    Value one = value;
    one.argument.kind = ArgumentKind::Word;
    one.argument.text = context.texts.emplace_back(std::move(name));
    values.push_back(one);
  }
  return values;
}

void add_host(Context& context, const Value& name, std::vector<Reference>& hosts) {
  if (const auto host = refer_index(context, DeclarationKind::Host, name)) {
    hosts.push_back(*host);
  }
}

// A group's members in turn; groups hold hosts only, so this does not recurse.
void add_group(Context& context,
               Declaration& group,
               const Span& place,
               std::vector<Reference>& hosts) {
  group.referenced = true;
  for (const lang::ast::Fact& fact : group.fact->facts) {
    if (fact.word.text != "members") {
      continue;
    }
    Scope& scope = context.scope_of(*group.file);
    for (const Value& member :
         scope.expand(group.file->tree, group.file->tree.arguments_of(fact))) {
      const std::size_t before = hosts.size();
      for (const Value& name : each_host(context, member)) {
        add_host(context, name, hosts);
      }
      for (std::size_t at = before; at < hosts.size(); ++at) {
        hosts[at].span = place;
      }
    }
  }
}

}  // namespace

Declaration* refer(Context& context, DeclarationKind kind, const Value& name) {
  if (!names_something(name)) {
    return nullptr;
  }
  Declaration* declaration = context.symbols.find(kind, name.text());
  if (declaration == nullptr) {
    report_unknown(context, kind, name);
    return nullptr;
  }
  declaration->referenced = true;
  return declaration;
}

std::optional<Reference> refer_index(Context& context, DeclarationKind kind, const Value& name) {
  const Declaration* declaration = refer(context, kind, name);
  return declaration == nullptr ? std::nullopt
                                : std::optional(Reference{declaration->index, name.span()});
}

std::vector<Reference> refer_hosts(Context& context, const Values& names) {
  std::vector<Reference> hosts;
  for (const Value& value : names) {
    for (const Value& name : each_host(context, value)) {
      Declaration* group = names_something(name)
                               ? context.symbols.find(DeclarationKind::Group, name.text())
                               : nullptr;
      if (group != nullptr && context.symbols.find(DeclarationKind::Host, name.text()) == nullptr) {
        add_group(context, *group, name.span(), hosts);
      } else {
        add_host(context, name, hosts);
      }
    }
  }
  std::sort(hosts.begin(), hosts.end(), [](const Reference& left, const Reference& right) {
    return std::tie(left.value, left.span) < std::tie(right.value, right.span);
  });
  hosts.erase(std::unique(hosts.begin(), hosts.end(),
                          [](const Reference& left, const Reference& right) {
                            return left.value == right.value;
                          }),
              hosts.end());
  return hosts;
}

void report_missing(Context& context, const Span& where, std::string message, std::string help) {
  context.diagnostics.add({.kind = DiagnosticKind::MissingFact,
                           .primary = where,
                           .message = std::move(message),
                           .help = std::move(help)});
}

}  // namespace backstay::compiler
