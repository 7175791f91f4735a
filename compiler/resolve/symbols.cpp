#include "compiler/resolve/symbols.hpp"

#include <algorithm>

namespace backstay::compiler {
namespace {

constexpr std::array<std::string_view, kDeclarationKinds> kWords = {
    "site",    "host",   "group",     "secret",   "key",    "server", "profile",
    "service", "target", "retention", "schedule", "backup", "drill",  "notify"};

}  // namespace

std::string_view word_of(DeclarationKind kind) {
  return kWords.at(static_cast<std::size_t>(kind));
}

std::optional<DeclarationKind> declaration_kind_of(std::string_view word) {
  if (word == "mariadb" || word == "postgresql") {
    return DeclarationKind::Server;
  }
  const auto found = std::find(kWords.begin(), kWords.end(), word);
  return found == kWords.end() || word == word_of(DeclarationKind::Server)
             ? std::nullopt
             : std::optional(static_cast<DeclarationKind>(found - kWords.begin()));
}

const Declaration* Symbols::add(Declaration& declaration) {
  Space& of_kind = space(declaration.kind);
  if (const auto found = of_kind.by_name.find(declaration.name); found != of_kind.by_name.end()) {
    return found->second;
  }
  Declaration& kept = of_kind.declarations.emplace_back(std::move(declaration));
  of_kind.by_name.emplace(kept.name, &kept);
  return nullptr;
}

void Symbols::freeze() {
  for (Space& of_kind : spaces_) {
    of_kind.sorted.reserve(of_kind.declarations.size());
    for (Declaration& declaration : of_kind.declarations) {
      of_kind.sorted.push_back(&declaration);
    }
    std::sort(
        of_kind.sorted.begin(), of_kind.sorted.end(),
        [](const Declaration* left, const Declaration* right) { return left->name < right->name; });
    for (Index index = 0; index < of_kind.sorted.size(); ++index) {
      of_kind.sorted[index]->index = index;
    }
  }
}

Declaration* Symbols::find(DeclarationKind kind, std::string_view name) {
  Space& of_kind = space(kind);
  const auto found = of_kind.by_name.find(name);
  return found == of_kind.by_name.end() ? nullptr : found->second;
}

const std::vector<Declaration*>& Symbols::all(DeclarationKind kind) const {
  return spaces_.at(static_cast<std::size_t>(kind)).sorted;
}

std::vector<std::string> Symbols::names(DeclarationKind kind) const {
  std::vector<std::string> names;
  for (const Declaration* declaration : all(kind)) {
    names.push_back(declaration->name);
  }
  return names;
}

std::vector<DeclarationKind> Symbols::kinds_of(std::string_view name) {
  std::vector<DeclarationKind> kinds;
  for (std::size_t kind = 0; kind < kDeclarationKinds; ++kind) {
    if (spaces_.at(kind).by_name.contains(name)) {
      kinds.push_back(static_cast<DeclarationKind>(kind));
    }
  }
  return kinds;
}

}  // namespace backstay::compiler
