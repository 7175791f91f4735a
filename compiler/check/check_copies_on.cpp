// Copies `through` a host: what it copies on must lie there, and somebody must begin it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/check/check_targets.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;

std::vector<TargetPlace> places_of(const ProofContext& context) {
  std::vector<TargetPlace> places;
  for (Index target = 0; target < context.policy().targets.size(); ++target) {
    places.push_back(context.place(target));
  }
  return places;
}

void report(const ProofContext& context, const Backup& backup, Diagnostic finding) {
  add_subject(finding, "backup", backup.name);
  context.diagnostics().add(std::move(finding));
}

void report_directory(const ProofContext& context, const Backup& backup, const CopyFact& copy) {
  const Target& target = context.policy().targets[copy.target.value];
  Diagnostic finding{.kind = DiagnosticKind::NothingToCopyOn,
                     .primary = copy.through->span,
                     .message = fmt::format("target `{}` is a directory: nothing is copied on to "
                                            "one",
                                            target.name),
                     .help = "copy on to a target of kind `rclone`, `restic` or `rsync`"};
  add_label(finding, target.span, "declared here");
  report(context, backup, std::move(finding));
}

// None, or several.
void report_source(const ProofContext& context,
                   const Backup& backup,
                   const CopyFact& copy,
                   const std::vector<Index>& held) {
  const Policy& policy = context.policy();
  const std::string& host = policy.hosts[copy.through->value].name;
  const std::string& target = policy.targets[copy.target.value].name;
  Diagnostic finding{
      .kind = DiagnosticKind::NothingToCopyOn, .primary = copy.through->span, .message = {}};
  if (held.empty()) {
    finding.message = fmt::format(
        "no copies of backup `{}` lie on `{}`, so it has nothing to copy "
        "on to `{}`",
        backup.name, host, target);
    finding.help = fmt::format(
        "add `copy to TARGET keep RETENTION` with a target "
        "`rsync \"user@{}:/path\"`, which each run fills",
        host);
  } else {
    std::vector<std::string> names;
    for (const Index one : held) {
      names.push_back(fmt::format("`{}`", policy.targets[one].name));
    }
    finding.message = fmt::format(
        "`{}` holds the copies of backup `{}` more than once ({}): which "
        "are copied on to `{}`?",
        host, backup.name, fmt::join(names, ", "), target);
    finding.help = "let one copy of the backup lie there";
  }
  for (const CopyFact& other : backup.copies) {
    if (&other != &copy) {
      add_label(finding, other.target.span, "copied here");
    }
  }
  report(context, backup, std::move(finding));
}

// Timers of each host are done at times of their own: nobody knows when all are.
void report_never(const ProofContext& context, const Backup& backup, const CopyFact& copy) {
  const Policy& policy = context.policy();
  const std::string& host = policy.hosts[copy.through->value].name;
  const std::string& schedule = policy.schedules[backup.schedule->value].name;
  Diagnostic finding{
      .kind = DiagnosticKind::CopyNeverBegins,
      .primary = copy.span,
      .message = fmt::format("each host runs backup `{}` by a timer of its own, so nobody begins "
                             "the copy through `{}`",
                             backup.name, host),
      .help = fmt::format("give the copy a `run SCHEDULE`, or let one host run all: "
                          "`run {} on {}`",
                          schedule, host)};
  add_label(finding, backup.schedule->span, "by a timer on each host");
  report(context, backup, std::move(finding));
}

}  // namespace

void check_copies_on(const ProofContext& context) {
  const Policy& policy = context.policy();
  const auto places = places_of(context);
  for (const Backup& backup : policy.backups) {
    for (const CopyFact& copy : backup.copies) {
      if (!copy.through) {
        continue;
      }
      const auto held = held_at(policy, places, backup, copy.through->value);
      if (policy.targets[copy.target.value].kind == TargetKind::Directory) {
        report_directory(context, backup, copy);
      } else if (held.size() != 1) {
        report_source(context, backup, copy, held);
      } else if (backup.schedule && !backup.run_on && !copy.schedule) {
        report_never(context, backup, copy);
      }
    }
  }
}

}  // namespace backstay::compiler
