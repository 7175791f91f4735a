#include "compiler/language_server/outline.hpp"

#include <algorithm>

#include "lang/syntax/parser.hpp"

namespace backstay::compiler::lsp {
namespace {

namespace ast = lang::ast;

lang::Span whole_of(const ast::Fact& fact) {
  return fact.has_block ? lang::join(fact.span, fact.block) : fact.span;
}

OutlineEntry entry_of(const LoadedFile& file,
                      const ast::Fact& fact,
                      const lang::SourceSet& sources) {
  OutlineEntry entry{.name = std::string(fact.word.text),
                     .detail = std::string(fact.word.text),
                     .whole = whole_of(fact),
                     .head = fact.word.span,
                     .children = {}};
  const auto arguments = file.tree.arguments_of(fact);
  if (!arguments.empty()) {
    const bool named = arguments.front().text != "all" || arguments.size() == 1;
    entry.head =
        named ? arguments.front().span : lang::join(arguments.front().span, arguments.back().span);
    entry.name = std::string(sources.text(entry.head));
  }
  for (const ast::Fact& inner : fact.facts) {
    entry.children.push_back(entry_of(file, inner, sources));
  }
  return entry;
}

void fold_comments(const LoadedFile& file,
                   const lang::SourceSet& sources,
                   std::vector<Fold>& folds) {
  lang::Diagnostics unused;
  const lang::Comments comments = lang::parse(sources, file.tree.id, unused).comments;
  const lang::SourceFile& source = sources.file(file.tree.id);
  std::size_t last_line = 0;
  for (const auto& [offset, comment] : comments) {
    if (!comment.own_line) {
      continue;
    }
    const std::size_t line = source.locate(offset).line;
    if (last_line != 0 && line == last_line + 1 && !folds.empty() && folds.back().comment) {
      folds.back().range.end = comment.span.end;
    } else {
      folds.push_back({comment.span, true});
    }
    last_line = line;
  }
}

}  // namespace

std::vector<OutlineEntry> outline(const LoadedFile& file, const lang::SourceSet& sources) {
  std::vector<OutlineEntry> entries;
  for (const ast::Fact& fact : file.tree.facts) {
    entries.push_back(entry_of(file, fact, sources));
  }
  return entries;
}

std::vector<Fold> folds(const LoadedFile& file, const lang::SourceSet& sources) {
  std::vector<Fold> found;
  fold_comments(file, sources, found);
  for (const ast::Fact& fact : file.tree.facts) {
    if (fact.has_block) {
      found.push_back({whole_of(fact), false});
    }
  }
  const lang::SourceFile& source = sources.file(file.tree.id);
  std::erase_if(found, [&](const Fold& fold) {
    return source.locate(fold.range.begin).line == source.locate(fold.range.end).line;
  });
  return found;
}

}  // namespace backstay::compiler::lsp
