#include "compiler/check/declaration_places.hpp"

#include <iterator>
#include <utility>

namespace backstay::compiler {
namespace {

using lang::ast::Argument;
using lang::ast::ArgumentKind;
using lang::ast::Fact;

lang::Subject subject_of(const LoadedFile& file, const Fact& fact) {
  lang::Subject subject{std::string(fact.word.text), {}};
  if (subject.kind == "hosts") {
    subject.kind = "host";
  }
  const auto arguments = file.tree.arguments_of(fact);
  const bool named = subject.kind != "require" && subject.kind != "test" && !arguments.empty() &&
                     arguments.front().kind == ArgumentKind::Word;
  if (named) {
    subject.name = std::string(arguments.front().text);
  }
  return subject;
}

}  // namespace

DeclarationPlaces::DeclarationPlaces(const Loaded& loaded) {
  for (const LoadedFile& file : loaded.files) {
    for (const Fact& fact : file.tree.facts) {
      const lang::Span span = fact.has_block ? join(fact.span, fact.block) : fact.span;
      declared_.emplace(lang::Span{span.file, span.begin, span.begin},
                        Declared{span, subject_of(file, fact)});
    }
  }
}

std::optional<lang::Subject> DeclarationPlaces::at(const lang::Span& place) const {
  auto after = declared_.upper_bound({place.file, place.begin, place.begin});
  if (after == declared_.begin()) {
    return std::nullopt;
  }
  const Declared& nearest = std::prev(after)->second;
  const bool holds = nearest.span.file == place.file && place.begin <= nearest.span.end;
  return holds ? std::optional(nearest.subject) : std::nullopt;
}

}  // namespace backstay::compiler
