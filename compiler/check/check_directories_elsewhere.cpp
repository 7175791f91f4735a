// A directory is read and written by the host that has it: no backup or mirror of another host goes
// there, and no drill on another one comes from there.
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

/// What goes to a directory, or comes from there.
struct Use {
  std::string text;     ///< what it does, and where: "backup `b` reads on `ctl01`"
  Reference target;     ///< where it says so
  std::string remedy;   ///< behind "else reach it by rsync"
  const char* kind;     ///< of the declaration
  std::string subject;  ///< name of the declaration
};

void report(const ProofContext& context, const Use& use) {
  const Policy& policy = context.policy();
  const Target& target = policy.targets[use.target.value];
  const std::string& there = policy.hosts[target.host->value].name;
  const std::string path = target.directory ? target.directory->value : "/PATH";
  Diagnostic finding{
      .kind = DiagnosticKind::DirectoryElsewhere,
      .primary = use.target.span,
      .message =
          fmt::format("{}, and target `{}` is a directory of `{}`", use.text, target.name, there),
      .help = fmt::format("take `on {}` out where every host has this directory; else reach it by "
                          "`rsync \"USER@{}:{}\"`{}",
                          there, there, path, use.remedy),
  };
  add_label(finding, target.host->span, "only this host has it");
  add_subject(finding, use.kind, use.subject);
  add_subject(finding, "target", target.name);
  context.diagnostics().add(std::move(finding));
}

/// Of some hosts those that do not have the directory of a target; none where each may have it.
std::set<Index> apart_from(const Policy& policy, const Reference& target, std::set<Index> hosts) {
  const Target& found = policy.targets[target.value];
  if (found.kind != TargetKind::Directory || !found.host) {
    return {};
  }
  hosts.erase(found.host->value);
  return hosts;
}

void check_deposit(const ProofContext& context,
                   const Deposit& deposit,
                   const std::set<Index>& hosts) {
  const Policy& policy = context.policy();
  const Backup& backup = policy.backups[deposit.backup];
  const bool through = deposit.copy != nullptr && deposit.copy->through;
  const std::set<Index> apart = apart_from(policy, deposit.target, hosts);
  if (through || apart.empty()) {
    return;
  }
  report(context,
         {.text = fmt::format("backup `{}` reads on {}", backup.name, names_text(policy, apart)),
          .target = deposit.target,
          .remedy = deposit.copy == nullptr
                        ? ", as a `copy to` of a backup in a directory of the host itself"
                        : "",
          .kind = "backup",
          .subject = backup.name});
}

void check_mirrors(const ProofContext& context, const Service& service) {
  const Policy& policy = context.policy();
  std::set<Index> hosts;
  for (const Reference& host : service.hosts) {
    hosts.insert(host.value);
  }
  for (const MirrorFact& mirror : service.mirrors) {
    const std::set<Index> apart = apart_from(policy, mirror.target, hosts);
    if (!service.external && !apart.empty()) {
      report(context,
             {.text = fmt::format("`{}` of service `{}` is mirrored from {}", mirror.path.value,
                                  service.name, names_text(policy, apart)),
              .target = mirror.target,
              .remedy = "",
              .kind = "service",
              .subject = service.name});
    }
  }
}

/// Where a drill runs, of what its target holds.
std::set<Index> hosts_of_drill(const ProofContext& context, const Drill& drill) {
  const Policy& policy = context.policy();
  std::set<Index> hosts;
  for (const Reference& service : drill.services) {
    for (const Index backup : context.covering(service.value)) {
      const auto& deposits = context.deposits(backup);
      const bool holds = std::any_of(deposits.begin(), deposits.end(), [&](const Deposit& one) {
        return one.target.value == drill.target->value;
      });
      if (holds) {
        const auto more = data_hosts(policy, policy.services[service.value]);
        hosts.insert(more.begin(), more.end());
      }
    }
  }
  return drill.host && !hosts.empty() ? std::set<Index>{drill.host->value} : hosts;
}

void check_drill(const ProofContext& context, const Drill& drill) {
  if (!drill.target) {
    return;
  }
  const Policy& policy = context.policy();
  const std::set<Index> apart = apart_from(policy, *drill.target, hosts_of_drill(context, drill));
  if (!apart.empty()) {
    report(context,
           {.text = fmt::format("drill `{}` restores on {}", drill.name, names_text(policy, apart)),
            .target = *drill.target,
            .remedy = ", or let the drill run there",
            .kind = "drill",
            .subject = drill.name});
  }
}

}  // namespace

void check_directories_elsewhere(const ProofContext& context) {
  const Policy& policy = context.policy();
  for (Index backup = 0; backup < policy.backups.size(); ++backup) {
    const std::set<Index> hosts = hosts_of_backup(policy, policy.backups[backup]);
    for (const Deposit& deposit : context.deposits(backup)) {
      check_deposit(context, deposit, hosts);
    }
  }
  for (const Service& service : policy.services) {
    check_mirrors(context, service);
  }
  for (const Drill& drill : policy.drills) {
    check_drill(context, drill);
  }
}

}  // namespace backstay::compiler
