#include "compiler/language_server/code_actions.hpp"

#include <algorithm>

#include "compiler/language_server/published_findings.hpp"
#include "lang/base/fix.hpp"

namespace backstay::compiler::lsp {
namespace {

using lang::DiagnosticKind;

// A declaration that nothing uses can go as a whole; only the tree knows how far it reaches.
void add_removal(const Project& project, const LoadedFile& file, lang::Diagnostic& finding) {
  if (finding.kind != DiagnosticKind::UnusedDeclaration) {
    return;
  }
  for (const lang::ast::Fact& fact : file.tree.facts) {
    if (fact.span.begin <= finding.primary.begin && finding.primary.end <= fact.span.end) {
      const lang::Span whole = fact.has_block ? lang::join(fact.span, fact.block) : fact.span;
      lang::Fix fix = lang::remove_lines(whole);
      fix.title = "remove `" + std::string(project.sources.text(fact.span)) + "`";
      finding.fixes.push_back(std::move(fix));
    }
  }
}

bool may_change(const Workspace& workspace, const std::string& path) {
  return path.starts_with('/') && !is_stand_in(path) && workspace.read(path).has_value();
}

}  // namespace

std::vector<CodeAction> code_actions(Workspace& workspace,
                                     const std::string& path,
                                     std::size_t begin,
                                     std::size_t end) {
  std::vector<CodeAction> actions;
  for (const FoundIn& found : findings_in(workspace, path).findings) {
    const lang::Span& place = found.place;
    if (place.begin > end || place.end < begin) {
      continue;
    }
    lang::Diagnostic finding = found.finding;
    if (const LoadedFile* const file = found.project->file(path)) {
      add_removal(*found.project, *file, finding);
    }
    for (std::size_t index = 0; index < finding.fixes.size(); ++index) {
      CodeAction action{.title = finding.fixes[index].title,
                        .edits = {},
                        .finding = finding,
                        .place = place,
                        .likeliest = index == 0,
                        .project = found.project};
      bool possible = true;
      for (const lang::Edit& edit : finding.fixes[index].edits) {
        const lang::Edit bytes = lang::exact(edit, found.project->sources);
        action.edits.push_back({found.project->range_of(bytes.span), bytes.text});
        possible = possible && may_change(workspace, action.edits.back().range.path);
      }
      std::sort(action.edits.begin(), action.edits.end());
      if (possible) {
        actions.push_back(std::move(action));
      }
    }
  }
  return actions;
}

}  // namespace backstay::compiler::lsp
