#include "compiler/resolve/declarations.hpp"

#include <unordered_map>

#include <fmt/format.h>

#include "compiler/resolve/fact_reader.hpp"

namespace backstay::compiler {
namespace {

namespace ast = lang::ast;
using ast::ArgumentKind;
using Matches = std::unordered_map<const ast::Fact*, lang::MatchedFact>;

void report_twice(Context& context, const Declaration& second, const Declaration& first) {
  context.diagnostics.add(
      {.kind = lang::DiagnosticKind::DuplicateDeclaration,
       .primary = second.span,
       .message = fmt::format("{} `{}` is declared twice", second.word(), second.name),
       .labels = {{first.span, "first declared here"}},
       .help = "give one of them another name"});
}

// False, and reported, where the name is taken.
bool declare(Context& context,
             const LoadedFile& file,
             const ast::Fact& fact,
             DeclarationKind kind,
             std::string name,
             Matches& matches) {
  Declaration declaration{.kind = kind,
                          .name = std::move(name),
                          .span = file.tree.arguments[fact.first_argument].span,
                          .file = &file,
                          .fact = &fact,
                          .matched = {}};
  if (const auto matched = matches.find(&fact); matched != matches.end()) {
    const bool listed = kind == DeclarationKind::Host && fact.word.text == "hosts";
    declaration.matched = listed ? matched->second : std::move(matched->second);
  }
  const Declaration* first = context.symbols.add(declaration);
  if (first != nullptr) {
    report_twice(context, declaration, *first);
  }
  return first == nullptr;
}

// `hosts compute[001-250] { … }` declares each of its hosts. The first that is taken speaks for all
// of the list.
void declare_hosts(Context& context,
                   const LoadedFile& file,
                   const ast::Fact& fact,
                   Matches& matches) {
  for (const ast::Argument& argument : file.tree.arguments_of(fact)) {
    std::vector<std::string> names;
    if (argument.kind == ArgumentKind::Word) {
      names.emplace_back(argument.text);
    } else if (argument.kind == ArgumentKind::HostList) {
      names = listed_hosts(context, argument);
    }
    for (std::string& name : names) {
      if (!declare(context, file, fact, DeclarationKind::Host, std::move(name), matches)) {
        break;
      }
    }
  }
}

void collect(Context& context, const LoadedFile& file) {
  Matches matches;
  for (lang::MatchedFact& fact :
       match_block(context, file, file.tree.facts, "file", context.scope_of(file))) {
    const ast::Fact* key = fact.fact;
    if (key->word.text == "require") {
      context.requirements.push_back({&file, fact});
    } else if (key->word.text == "moved") {
      context.moves.push_back({&file, fact});
    } else if (key->word.text == "allow") {
      context.allows.push_back({&file, fact});
    }
    matches.emplace(key, std::move(fact));
  }
  for (const ast::Fact& fact : file.tree.facts) {
    if (fact.argument_count == 0) {
      continue;
    }
    const ast::Argument& name = file.tree.arguments[fact.first_argument];
    const auto kind = declaration_kind_of(fact.word.text);
    if (fact.word.text == "hosts") {
      declare_hosts(context, file, fact, matches);
    } else if (kind && name.kind == ArgumentKind::Word) {
      declare(context, file, fact, *kind,
              kind == DeclarationKind::Profile ? profile_name(file.library, name.text)
                                               : std::string(name.text),
              matches);
    }
  }
}

}  // namespace

std::string profile_name(std::string_view library, std::string_view profile) {
  const std::string_view last = library.substr(library.rfind('.') + 1);
  if (library.empty()) {
    return std::string(profile);
  }
  return last == profile ? std::string(library) : std::string(library).append(".").append(profile);
}

void collect_declarations(Context& context) {
  for (const LoadedFile& file : context.loaded.files) {
    collect(context, file);
  }
  context.symbols.freeze();
}

}  // namespace backstay::compiler
