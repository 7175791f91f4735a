// Keys and logins that must outlive the host that uses them.
//
// A sealed backup is worth what its key is worth: if all who can open it are lost with the host,
// so is the backup. The same goes for the login of a target that was chosen to survive the host.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "compiler/check/check_targets.hpp"
#include "compiler/check/host_classes.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;

using Sites = std::set<Index>;

class CustodyCheck {
 public:
  explicit CustodyCheck(const ProofContext& context)
      : context_(context), policy_(context.policy()), lost_with_(policy_.targets.size()) {
    for (Index backup = 0; backup < policy_.backups.size(); ++backup) {
      collect(backup);
    }
    for (const Service& service : policy_.services) {
      for (const MirrorFact& mirror : service.mirrors) {
        add_sites(hosts_of(service), lost_with_[mirror.target.value]);
      }
    }
  }

  void run() {
    for (Index key = 0; key < policy_.keys.size(); ++key) {
      check_recipients(policy_.keys[key]);
      check_escrow(key);
    }
    for (const Drill& drill : policy_.drills) {
      check_drill(drill);
    }
    for (Index target = 0; target < policy_.targets.size(); ++target) {
      check_login(target);
    }
  }

 private:
  void add_sites(const std::vector<Index>& hosts, Sites& sites) const {
    for (const Index host : hosts) {
      if (host == no_host) {
        continue;
      }
      if (const auto site = root_site(policy_, policy_.hosts[host].site)) {
        sites.insert(*site);
      }
    }
  }

  // The sites of all hosts that a backup covers, once for all its targets.
  void collect(Index backup) {
    Sites sites;
    for (const Reference& service : policy_.backups[backup].services) {
      add_sites(data_hosts(policy_, policy_.services[service.value]), sites);
    }
    for (const Deposit& deposit : context_.deposits(backup)) {
      Sites& lost = lost_with_[deposit.target.value];
      lost.insert(sites.begin(), sites.end());
    }
  }

  void check_recipients(const Key& key) {
    if (key.recipients.size() >= 2) {
      return;
    }
    Diagnostic finding{
        .kind = DiagnosticKind::TooFewRecipients,
        .primary = key.span,
        .message = fmt::format("key `{}` has {}: what it seals is lost with {}", key.name,
                               key.recipients.empty() ? "no recipient" : "one recipient",
                               key.recipients.empty() ? "the host" : "that identity"),
        .help = "add a second `recipient`, with its identity in `escrow` at another site",
    };
    for (const Recipient& recipient : key.recipients) {
      add_label(finding, recipient.span, "the only one");
    }
    add_subject(finding, "key", key.name);
    context_.diagnostics().add(std::move(finding));
  }

  [[nodiscard]] bool survives(const Escrow& escrow, const Sites& lost) const {
    const auto site = root_site(policy_, escrow.site);
    return site && !lost.contains(*site);
  }

  [[nodiscard]] bool has_escrow_elsewhere(const Key& key, const Sites& lost) const {
    const bool recipient = std::any_of(
        key.recipients.begin(), key.recipients.end(),
        [&](const Recipient& one) { return one.escrow && survives(*one.escrow, lost); });
    const Secret* const identity = key.identity ? &policy_.secrets[key.identity->value] : nullptr;
    return recipient ||
           (identity != nullptr && identity->escrow && survives(*identity->escrow, lost));
  }

  void check_escrow(Index number) {
    const Key& key = policy_.keys[number];
    Sites lost;
    std::vector<const Target*> sealed;
    for (Index target = 0; target < policy_.targets.size(); ++target) {
      const auto& seal = policy_.targets[target].seal;
      if (seal && seal->value == number) {
        sealed.push_back(&policy_.targets[target]);
        lost.insert(lost_with_[target].begin(), lost_with_[target].end());
      }
    }
    if (!sealed.empty() && !has_escrow_elsewhere(key, lost)) {
      report_escrow(key, sealed, lost);
    }
  }

  [[nodiscard]] std::string sites_text(const Sites& sites) const {
    std::vector<std::string> names;
    for (const Index site : sites) {
      names.push_back(policy_.sites[site].name);
    }
    return join_names(names);
  }

  void report_escrow(const Key& key, const std::vector<const Target*>& sealed, const Sites& lost) {
    Diagnostic finding{
        .kind = DiagnosticKind::KeyLostWithSite,
        .primary = key.span,
        .message = fmt::format("no identity of key `{}` lies at another site than the hosts that "
                               "it seals",
                               key.name),
        .help = escrow_help(lost),
    };
    if (!lost.empty()) {
      finding.witness.push_back(
          fmt::format("all that it seals is of hosts at {}", sites_text(lost)));
    }
    for (const Recipient& recipient : key.recipients) {
      add_label(finding, recipient.escrow ? recipient.escrow->site.span : recipient.span,
                recipient.escrow ? "is lost with them" : "has no `escrow`");
    }
    if (key.identity) {
      add_label(finding, key.identity->span, "on a host, which does not count");
    }
    for (const Target* target : sealed) {
      if (finding.labels.size() < kMostLabels) {
        add_label(finding, target->seal->span, "sealed with it");
      }
    }
    add_subject(finding, "key", key.name);
    context_.diagnostics().add(std::move(finding));
  }

  [[nodiscard]] std::string escrow_help(const Sites& lost) const {
    for (Index site = 0; site < policy_.sites.size(); ++site) {
      const bool is_root = !policy_.sites[site].part_of;
      if (is_root && !lost.contains(site)) {
        return fmt::format(
            "print an identity, lay it into a safe there, and add `escrow \"…\" at "
            "{}` to its recipient",
            policy_.sites[site].name);
      }
    }
    return "print an identity, lay it into a safe elsewhere, and add `escrow \"…\" at SITE` to its "
           "recipient, with a `site` of its own";
  }

  void check_drill(const Drill& drill) {
    if (!drill.target || !policy_.targets[drill.target->value].seal) {
      return;
    }
    const Target& target = policy_.targets[drill.target->value];
    const Key& key = policy_.keys[target.seal->value];
    if (key.identity) {
      return;
    }
    Diagnostic finding{
        .kind = DiagnosticKind::DrillWithoutIdentity,
        .primary = drill.target->span,
        .message = fmt::format("drill `{}` cannot open target `{}`: key `{}` has no `identity`",
                               drill.name, target.name, key.name),
        .help = fmt::format("declare a `secret` with an identity for drills, and add `identity "
                            "SECRET` to key `{}`",
                            key.name),
    };
    add_label(finding, target.seal->span, "sealed with it");
    add_label(finding, key.span, "does not say where an identity is");
    add_subject(finding, "drill", drill.name);
    add_subject(finding, "key", key.name);
    context_.diagnostics().add(std::move(finding));
  }

  // Is the target meant to outlive a site that it is used from?
  [[nodiscard]] bool is_offsite(Index target) const {
    const Reference* site = policy_.targets[target].site ? &*policy_.targets[target].site : nullptr;
    const TargetPlace& place = context_.place(target);
    if (site == nullptr && place.host && policy_.hosts[*place.host].site) {
      site = &*policy_.hosts[*place.host].site;
    }
    if (site == nullptr) {
      return false;
    }
    const auto root = root_site(policy_, *site);
    return std::any_of(lost_with_[target].begin(), lost_with_[target].end(),
                       [&](Index lost) { return lost != root; });
  }

  void check_login(Index number) {
    const Target& target = policy_.targets[number];
    if (!target.login || !is_offsite(number)) {
      return;
    }
    const Secret& secret = policy_.secrets[target.login->value];
    // What a command prints is kept by what it asks.
    const bool survived = secret.escrow && survives(*secret.escrow, lost_with_[number]);
    if (survived || secret.command) {
      return;
    }
    Diagnostic finding{
        .kind = DiagnosticKind::LoginLostWithHost,
        .primary = target.login->span,
        .message = fmt::format("{} `{}` {}",
                               secret.escrow ? "the second copy of the login of" : "the login of",
                               target.name,
                               secret.escrow ? "is lost with the hosts that are restored from it"
                                             : "is on the hosts alone that are restored from it"),
        .help = fmt::format("keep a second copy where it survives them, and say so in secret `{}`: "
                            "`escrow \"safe 2, printed\" at SITE`",
                            secret.name),
    };
    add_label(finding, secret.escrow ? secret.escrow->site.span : secret.span,
              secret.escrow ? "the same site" : "has no `escrow`");
    if (target.site) {
      add_label(finding, target.site->span, "meant to outlive them");
    }
    add_subject(finding, "target", target.name);
    add_subject(finding, "secret", secret.name);
    context_.diagnostics().add(std::move(finding));
  }

  const ProofContext& context_;
  const Policy& policy_;
  std::vector<Sites> lost_with_;  // by target: root sites of the hosts that it holds copies of
};

}  // namespace

void check_custody(const ProofContext& context) {
  CustodyCheck(context).run();
}

}  // namespace backstay::compiler
