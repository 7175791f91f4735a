#include <algorithm>

#include <fmt/format.h>

#include "compiler/load/standard_library.hpp"
#include "compiler/resolve/context.hpp"
#include "lang/base/fix.hpp"

namespace backstay::compiler {
namespace {

using lang::DiagnosticKind;
using lang::ast::ArgumentKind;

std::string article(std::string_view word) {
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
  const std::string_view word = kind == DeclarationKind::Server ? "mariadb" : word_of(kind);
  finding.help = fmt::format("declare it: `{} {}`", word, name);
  if (!elsewhere.empty()) {
    const Declaration* other = context.symbols.find(elsewhere.front(), name);
    finding.help = fmt::format("`{}` is {}, and {} is needed here", name, article(other->word()),
                               article(word_of(kind)));
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

std::vector<Reference> refer_all(Context& context, DeclarationKind kind, const Values& names) {
  std::vector<Reference> all;
  for (const Value& name : names) {
    if (const auto one = refer_index(context, kind, name)) {
      all.push_back(*one);
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const Reference& one, const Reference& other) {
    return one.value < other.value;
  });
  for (std::size_t at = 1; at < all.size(); ++at) {
    if (all[at].value == all[at - 1].value) {
      context.diagnostics.add({.kind = DiagnosticKind::DuplicateFact,
                               .primary = all[at].span,
                               .message = fmt::format("the {} is named twice", word_of(kind)),
                               .labels = {{all[at - 1].span, "first named here"}},
                               .help = "take one of them out"});
    }
  }
  return all;
}

void report_missing(Context& context, const Span& where, std::string message, std::string help) {
  context.diagnostics.add({.kind = DiagnosticKind::MissingFact,
                           .primary = where,
                           .message = std::move(message),
                           .help = std::move(help)});
}

}  // namespace backstay::compiler
