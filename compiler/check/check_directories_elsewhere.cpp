// A directory is written by the host that has it: a backup that reads elsewhere cannot go there.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/check/check_targets.hpp"
#include "compiler/check/host_classes.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;

constexpr std::size_t kMostNames = 3;

// Hosts that a backup reads on.
std::set<Index> hosts_of_backup(const Policy& policy, const Backup& backup) {
  std::set<Index> hosts;
  for (const Reference& covered : backup.services) {
    const Service& service = policy.services[covered.value];
    if (!service.external) {
      const std::vector<Index> more = data_hosts(policy, service);
      hosts.insert(more.begin(), more.end());
    }
  }
  return hosts;
}

// `ctl01`, `ctl02`, `ctl03` and 4 others
std::string names_text(const Policy& policy, const std::set<Index>& hosts) {
  std::vector<std::string> names;
  for (const Index host : hosts) {
    if (names.size() < kMostNames) {
      names.push_back(fmt::format("`{}`", policy.hosts[host].name));
    }
  }
  const std::size_t rest = hosts.size() - names.size();
  const std::string text = fmt::format("{}", fmt::join(names, ", "));
  return rest == 0 ? text : fmt::format("{} and {} other{}", text, rest, rest == 1 ? "" : "s");
}

void report(const ProofContext& context, const Deposit& deposit, const std::set<Index>& apart) {
  const Policy& policy = context.policy();
  const Backup& backup = policy.backups[deposit.backup];
  const Target& target = policy.targets[deposit.target.value];
  const std::string& there = policy.hosts[target.host->value].name;
  const std::string path = target.directory ? target.directory->value : "/PATH";
  Diagnostic finding{
      .kind = DiagnosticKind::DirectoryElsewhere,
      .primary = deposit.target.span,
      .message = fmt::format("backup `{}` reads on {}, and target `{}` is a directory of `{}`",
                             backup.name, names_text(policy, apart), target.name, there),
      .help = fmt::format("take `on {}` out where every host has this directory; else reach it by "
                          "`rsync \"USER@{}:{}\"`{}",
                          there, there, path,
                          deposit.copy == nullptr
                              ? ", as a `copy to` of a backup in a directory of the host itself"
                              : ""),
  };
  add_label(finding, target.host->span, "only this host has it");
  add_subject(finding, "backup", backup.name);
  add_subject(finding, "target", target.name);
  context.diagnostics().add(std::move(finding));
}

}  // namespace

void check_directories_elsewhere(const ProofContext& context) {
  const Policy& policy = context.policy();
  for (Index backup = 0; backup < policy.backups.size(); ++backup) {
    const std::set<Index> hosts = hosts_of_backup(policy, policy.backups[backup]);
    for (const Deposit& deposit : context.deposits(backup)) {
      const Target& target = policy.targets[deposit.target.value];
      const bool through = deposit.copy != nullptr && deposit.copy->through;
      if (target.kind != TargetKind::Directory || !target.host || through) {
        continue;
      }
      std::set<Index> apart = hosts;
      apart.erase(target.host->value);
      if (!apart.empty()) {
        report(context, deposit, apart);
      }
    }
  }
}

}  // namespace backstay::compiler
