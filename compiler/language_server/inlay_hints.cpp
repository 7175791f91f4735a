#include "compiler/language_server/inlay_hints.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/language_server/next_fires.hpp"

namespace backstay::compiler::lsp {
namespace {

namespace ast = lang::ast;

// The fact that says when the schedule runs; null where the block lacks it.
const ast::Fact* rule_fact(const ast::Fact& declaration) {
  for (const ast::Fact& fact : declaration.facts) {
    if ((fact.word.text == "every" || fact.word.text == "calendar") && fact.argument_count > 0) {
      return &fact;
    }
  }
  return nullptr;
}

// The schedule of that name, where its rule is written as this fact is now.
const Schedule* checked_schedule(const Project& checked,
                                 std::string_view name,
                                 std::string_view rule) {
  for (const Schedule& schedule : checked.analysis.policy->schedules) {
    if (schedule.name != name) {
      continue;
    }
    for (const LoadedFile& file : checked.analysis.loaded.files) {
      for (const ast::Fact& declaration : file.tree.facts) {
        const bool same = declaration.word.text == "schedule" && declaration.argument_count > 0 &&
                          file.tree.arguments_of(declaration).front().span == schedule.span;
        const ast::Fact* const fact = same ? rule_fact(declaration) : nullptr;
        if (fact != nullptr && checked.sources.text(fact->span) == rule) {
          return &schedule;
        }
      }
    }
  }
  return nullptr;
}

void add_fires(const Workspace& workspace,
               const Project& project,
               const LoadedFile& file,
               std::vector<InlayHint>& hints) {
  const auto checked = workspace.last_checked(project);
  if (checked == nullptr || !workspace.world().now) {
    return;
  }
  for (const ast::Fact& declaration : file.tree.facts) {
    const ast::Fact* const rule =
        declaration.word.text == "schedule" && declaration.argument_count > 0
            ? rule_fact(declaration)
            : nullptr;
    if (rule == nullptr) {
      continue;
    }
    const Schedule* const schedule =
        checked_schedule(*checked, file.tree.arguments_of(declaration).front().text,
                         project.sources.text(rule->span));
    const auto fires = schedule == nullptr ? std::vector<std::string>{}
                                           : next_fires(*checked->analysis.policy, *schedule,
                                                        workspace.world().now(), 5);
    if (!fires.empty()) {
      hints.push_back({rule->span.end, "next " + fires.front(),
                       fmt::format("then {}", fmt::join(fires.begin() + 1, fires.end(), ", "))});
    }
  }
}

void add_host_counts(const Project& project,
                     const LoadedFile& file,
                     std::vector<InlayHint>& hints) {
  for (const Occurrence& occurrence : project.index.all()) {
    if (occurrence.host_list && occurrence.span.file == file.tree.id) {
      const std::vector<Symbol> hosts = project.index.meant_by(occurrence);
      if (hosts.size() > 1) {
        hints.push_back({occurrence.span.end, fmt::format("{} hosts", hosts.size()),
                         fmt::format("{} … {}", hosts.front().name, hosts.back().name)});
      }
    }
  }
}

}  // namespace

std::vector<InlayHint> inlay_hints(Workspace& workspace,
                                   const std::string& path,
                                   std::size_t begin,
                                   std::size_t end) {
  std::vector<InlayHint> hints;
  const auto project = workspace.project_of(path);
  if (project == nullptr) {
    return hints;
  }
  const LoadedFile& file = *project->file(path);
  add_fires(workspace, *project, file, hints);
  add_host_counts(*project, file, hints);
  std::erase_if(hints,
                [&](const InlayHint& hint) { return hint.offset < begin || hint.offset > end; });
  std::sort(hints.begin(), hints.end(), [](const InlayHint& left, const InlayHint& right) {
    return left.offset < right.offset;
  });
  return hints;
}

}  // namespace backstay::compiler::lsp
