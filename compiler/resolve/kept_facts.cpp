#include "compiler/resolve/kept_facts.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "compiler/resolve/fact_reader.hpp"

namespace backstay::compiler {
namespace {

namespace ast = lang::ast;
using ast::ArgumentKind;

// Declarations whose block nothing else reads.
constexpr std::array<std::string_view, 8> kKept = {"group",  "key",   "postgresql", "drill",
                                                   "notify", "moved", "allow",      "test"};

// Kinds that are there for others to name.
constexpr std::array<DeclarationKind, 12> kMustBeUsed = {
    DeclarationKind::Site,       DeclarationKind::Host,     DeclarationKind::Group,
    DeclarationKind::Secret,     DeclarationKind::Key,      DeclarationKind::Mariadb,
    DeclarationKind::Postgresql, DeclarationKind::Profile,  DeclarationKind::Target,
    DeclarationKind::Retention,  DeclarationKind::Schedule, DeclarationKind::Notify};

bool is_kept(std::string_view word) {
  return std::find(kKept.begin(), kKept.end(), word) != kKept.end();
}

void mark_names(Context& context, const LoadedFile& file, const ast::Fact& fact) {
  Scope& scope = context.scope_of(file);
  for (const ast::Argument& argument : file.tree.arguments_of(fact)) {
    if (argument.kind != ArgumentKind::Word) {
      continue;
    }
    if (Parameter* parameter = scope.find(argument.text)) {
      parameter->referenced = true;
    }
    for (const DeclarationKind kind : context.symbols.kinds_of(argument.text)) {
      context.symbols.find(kind, argument.text)->referenced = true;
    }
  }
}

void match_kept(Context& context, const LoadedFile& file, const ast::Fact& declaration) {
  const auto kind = declaration_kind_of(declaration.word.text);
  if (!kind) {
    mark_names(context, file, declaration);  // `allow … on target offsite`
  }
  static_cast<void>(
      match_block(context, file, declaration.facts, declaration.word.text, context.scope_of(file)));
  for (const ast::Fact& fact : declaration.facts) {
    mark_names(context, file, fact);
  }
}

// Words of facts that this version only keeps, by the block that they stand in.
using KeptWords = std::unordered_map<std::string_view, std::unordered_set<std::string_view>>;

KeptWords kept_words() {
  KeptWords kept;
  for (const lang::Signature& row : lang::signatures()) {
    if (row.support != lang::Support::Full) {
      kept[row.block].insert(row.word);
    }
  }
  return kept;
}

void mark_kept_facts(Context& context,
                     const KeptWords& kept,
                     const LoadedFile& file,
                     const ast::Fact& declaration) {
  const auto words = kept.find(declaration.word.text);
  if (words == kept.end()) {
    return;
  }
  for (const ast::Fact& fact : declaration.facts) {
    if (words->second.contains(fact.word.text)) {
      mark_names(context, file, fact);
    }
  }
}

}  // namespace

void match_kept_declarations(Context& context) {
  const KeptWords kept = kept_words();
  for (const LoadedFile& file : context.loaded.files) {
    for (const ast::Fact& declaration : file.tree.facts) {
      if (is_kept(declaration.word.text)) {
        match_kept(context, file, declaration);
      } else {
        mark_kept_facts(context, kept, file, declaration);
      }
    }
  }
}

std::vector<Unreferenced> find_unreferenced(Context& context) {
  std::vector<Unreferenced> found;
  for (const DeclarationKind kind : kMustBeUsed) {
    for (const Declaration* declaration : context.symbols.all(kind)) {
      // A set of the standard library is there to choose from.
      if (!declaration->referenced && !declaration->file->standard) {
        found.push_back({std::string(word_of(kind)), declaration->name, declaration->span});
      }
    }
  }
  for (const auto& [name, parameter] : context.policy_scope.own()) {
    if (!parameter.referenced) {
      found.push_back({"param", std::string(name), parameter.span});
    }
  }
  std::sort(found.begin(), found.end(), [](const Unreferenced& left, const Unreferenced& right) {
    return std::tie(left.kind, left.name) < std::tie(right.kind, right.name);
  });
  return found;
}

}  // namespace backstay::compiler
