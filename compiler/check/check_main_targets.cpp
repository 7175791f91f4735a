// Where a backup commits its snapshots: a directory. Other targets take copies of what is
// committed.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/check/check_targets.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;

std::string help_for(const Policy& policy, const Backup& backup, const Target& target) {
  const std::string copy =
      fmt::format("copy to {} keep {}", target.name,
                  backup.retention ? policy.retentions[backup.retention->value].name
                                   : std::string("RETENTION"));
  const auto directory =
      std::find_if(backup.copies.begin(), backup.copies.end(), [&](const CopyFact& one) {
        return policy.targets[one.target.value].kind == TargetKind::Directory;
      });
  if (directory == backup.copies.end()) {
    return fmt::format("let it go to a target with a `directory` first, and then: `{}`", copy);
  }
  return fmt::format("let it go to `{}` first, and then: `{}`",
                     policy.targets[directory->target.value].name, copy);
}

}  // namespace

void check_main_targets(const ProofContext& context) {
  const Policy& policy = context.policy();
  for (const Backup& backup : policy.backups) {
    if (!backup.target) {
      continue;
    }
    const Target& target = policy.targets[backup.target->value];
    if (target.kind == TargetKind::Directory) {
      continue;
    }
    Diagnostic finding{
        .kind = DiagnosticKind::MainTargetNoDirectory,
        .primary = backup.target->span,
        .message = fmt::format("backup `{}` cannot be made in target `{}`: it takes copies only",
                               backup.name, target.name),
        .help = help_for(policy, backup, target),
    };
    add_label(finding, target.span, "this one has no `directory`");
    add_subject(finding, "backup", backup.name);
    add_subject(finding, "target", target.name);
    context.diagnostics().add(std::move(finding));
  }
}

}  // namespace backstay::compiler
