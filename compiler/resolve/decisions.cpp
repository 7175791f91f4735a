#include "compiler/resolve/decisions.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "compiler/resolve/fact_reader.hpp"

namespace backstay::compiler {
namespace {

using Texts = std::vector<Located<std::string>>;

// The values of a declaration's line; nothing where one of them was reported.
std::optional<Texts> texts_of(Context& context,
                              const NamelessDeclaration& declaration,
                              std::size_t count) {
  const LoadedFile& file = *declaration.file;
  const FactReader reader(context, context.scope_of(file), file.tree, declaration.matched);
  Texts texts;
  for (const Value& value : reader.values()) {
    if (auto text = read_text(value)) {
      texts.push_back(std::move(*text));
    }
  }
  return texts.size() == count ? std::optional(std::move(texts)) : std::nullopt;
}

auto key_of(const Moved& moved) {
  return std::tie(moved.kind.value, moved.old_name.value, moved.new_name.value);
}

auto key_of(const Allow& allow) {
  return std::tie(allow.code.value, allow.kind.value, allow.name.value);
}

template <typename Decision>
void sort_and_report_twice(Context& context, std::vector<Decision>& all) {
  std::stable_sort(all.begin(), all.end(), [](const Decision& one, const Decision& other) {
    return key_of(one) < key_of(other);
  });
  for (std::size_t at = 1; at < all.size(); ++at) {
    if (key_of(all[at]) == key_of(all[at - 1])) {
      context.diagnostics.add({.kind = lang::DiagnosticKind::DuplicateDeclaration,
                               .primary = all[at].span,
                               .message = "the same is declared twice",
                               .labels = {{all[at - 1].span, "first declared here"}},
                               .help = "keep one of them"});
    }
  }
}

}  // namespace

std::vector<Moved> resolve_moves(Context& context) {
  std::vector<Moved> moves;
  for (const NamelessDeclaration& declaration : context.moves) {
    if (auto texts = texts_of(context, declaration, 3)) {
      moves.push_back({.kind = std::move((*texts)[0]),
                       .old_name = std::move((*texts)[1]),
                       .new_name = std::move((*texts)[2]),
                       .span = declaration.matched.fact->span});
    }
  }
  sort_and_report_twice(context, moves);
  return moves;
}

std::vector<Allow> resolve_allows(Context& context) {
  std::vector<Allow> allows;
  for (const NamelessDeclaration& declaration : context.allows) {
    if (auto texts = texts_of(context, declaration, 5)) {
      allows.push_back({.code = std::move((*texts)[0]),
                        .kind = std::move((*texts)[1]),
                        .name = std::move((*texts)[2]),
                        .because = std::move((*texts)[3]),
                        .until = std::move((*texts)[4]),
                        .span = declaration.matched.fact->span});
    }
  }
  sort_and_report_twice(context, allows);
  return allows;
}

}  // namespace backstay::compiler
