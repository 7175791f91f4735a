// `copies`, `media` and `offsite`: where the data of a service lies once its backups have run.
//
// The live data is a copy, on disk, at its host's site. Targets count once for each host and medium
// that they are on: two directories of one machine are lost together. What is promised is judged
// for each host of a service, and the worst counts.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "compiler/check/promises.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;

constexpr std::string_view kLiveMedium = "disk";

/// A copy's place. Site: the root of the one it is at.
struct Place {
  std::optional<Index> host;
  std::string medium;
  std::optional<Index> site;

  friend auto operator<=>(const Place&, const Place&) = default;
};

class CopiesProof {
 public:
  CopiesProof(ProofContext& context, const PromiseGroup& group)
      : context_(context), policy_(context.policy()), group_(group), promise_(*group.promise) {
    for (const Index backup : group.backups) {
      if (policy_.backups[backup].target) {
        targets_.insert(policy_.backups[backup].target->value);
      }
    }
  }

  Verdict prove() {
    for (const Index index : group_.services) {
      const Service& service = policy_.services[index];
      std::optional<std::int64_t> least;
      for (const Reference& host : service.hosts) {
        const std::int64_t found = count(host.value);
        if (!least || found < *least) {
          least = found;
          worst_host_ = found < promise_.amount && !worst_host_ ? host.value : worst_host_;
        }
      }
      if (least.value_or(promise_.amount) < promise_.amount) {
        broken_.push_back(index);
        found_ = std::min(found_.value_or(*least), *least);
      }
    }
    if (unknown_) {
      return Verdict::Broken;
    }
    if (broken_.empty()) {
      return Verdict::Proven;
    }
    report();
    return Verdict::Broken;
  }

 private:
  // A site within others stands for the outermost of them: they fail together.
  [[nodiscard]] std::optional<Index> root_of(const std::optional<Reference>& site) const {
    if (!site) {
      return std::nullopt;
    }
    Index root = site->value;
    for (std::size_t step = 0; policy_.sites[root].part_of && step < policy_.sites.size(); ++step) {
      root = policy_.sites[root].part_of->value;
    }
    return root;
  }

  [[nodiscard]] Place place_of(const Target& target, Index live_host) const {
    const Index host = target.host ? target.host->value : live_host;
    const auto& site = target.site ? target.site : policy_.hosts[host].site;
    return {host, target.media ? target.media->value : std::string(kLiveMedium), root_of(site)};
  }

  std::int64_t count(Index host) {
    std::set<std::pair<std::optional<Index>, std::string>> places;
    std::set<std::string> media{std::string(kLiveMedium)};
    std::set<std::pair<std::optional<Index>, std::string>> elsewhere;
    const auto home = root_of(policy_.hosts[host].site);
    for (const Index index : targets_) {
      const Place place = place_of(policy_.targets[index], host);
      places.emplace(place.host, place.medium);
      media.insert(place.medium);
      if (promise_.kind == PromiseKind::Offsite) {
        check_sites_known(policy_.hosts[host], policy_.targets[index], place);
        if (place.site != home) {
          elsewhere.emplace(place.host, place.medium);
        }
      }
    }
    if (promise_.kind == PromiseKind::Copies) {
      return static_cast<std::int64_t>(places.size()) + 1;
    }
    return static_cast<std::int64_t>(promise_.kind == PromiseKind::Media ? media.size()
                                                                         : elsewhere.size());
  }

  void check_sites_known(const Host& live_host, const Target& target, const Place& place) {
    if (!live_host.site) {
      report_unknown(live_host.span, "host", live_host.name, "add `at SITE`");
    }
    if (!place.site && target.host && *place.host < policy_.hosts.size() && live_host.site) {
      const Host& host = policy_.hosts[*place.host];
      report_unknown(host.span, "host", host.name, "add `at SITE`, or say it of the target");
    }
  }

  void report_unknown(const Span& where,
                      std::string_view kind,
                      const std::string& name,
                      const std::string& help) {
    unknown_ = true;
    Diagnostic finding{
        .kind = DiagnosticKind::SiteUnknown,
        .primary = where,
        .message = fmt::format("{} `{}` does not say at which site it stands", kind, name),
        .help = help,
    };
    add_label(finding, promise_.span, "cannot be proven without it");
    context_.diagnostics().add(std::move(finding));
  }

  [[nodiscard]] std::string place_text(const Host& host, std::string_view medium) const {
    return host.site ? fmt::format("{} on `{}` at `{}`", medium, host.name,
                                   policy_.sites[host.site->value].name)
                     : fmt::format("{} on `{}`", medium, host.name);
  }

  [[nodiscard]] std::vector<std::string> witness() const {
    std::vector<std::string> lines{"live data: " +
                                   place_text(policy_.hosts[*worst_host_], kLiveMedium)};
    for (const Index index : targets_) {
      const Target& target = policy_.targets[index];
      const Place place = place_of(target, *worst_host_);
      const Host& host = policy_.hosts[*place.host];
      std::string text =
          fmt::format("target `{}`: {}", target.name, place_text(host, place.medium));
      if (target.site) {
        text = fmt::format("target `{}`: {} on `{}` at `{}`", target.name, place.medium, host.name,
                           policy_.sites[target.site->value].name);
      }
      lines.push_back(std::move(text));
    }
    return lines;
  }

  void report() {
    Diagnostic finding{
        .kind = DiagnosticKind::TooFewCopies, .primary = promise_.span, .message = {}};
    const std::string services = services_text(policy_, broken_);
    const std::string promised = to_string(promise_);
    if (promise_.kind == PromiseKind::Media) {
      finding.kind = DiagnosticKind::TooFewMedia;
      finding.message =
          fmt::format("{} kind{} of media {} {}, fewer than `{}`", *found_, *found_ == 1 ? "" : "s",
                      *found_ == 1 ? "holds" : "hold", services, promised);
      finding.help = "back up to a target of another `media` as well";
    } else if (promise_.kind == PromiseKind::Offsite) {
      finding.kind = DiagnosticKind::TooFewOffsite;
      finding.message = fmt::format("{} cop{} of {} at another site, fewer than `{}`", *found_,
                                    *found_ == 1 ? "y" : "ies", services, promised);
      finding.help = "back up to a target at another site as well";
    } else {
      finding.message = fmt::format("{} cop{} of {}, fewer than `{}`", *found_,
                                    *found_ == 1 ? "y" : "ies", services, promised);
      finding.help = "back up to a target on another host or medium as well";
    }
    finding.witness = witness();
    for (const Index backup : group_.backups) {
      if (policy_.backups[backup].target) {
        add_label(finding, policy_.backups[backup].target->span, "stores a copy");
      }
    }
    if (group_.backups.empty()) {
      add_backup_labels(policy_, group_, finding);
    }
    context_.diagnostics().add(std::move(finding));
  }

  ProofContext& context_;
  const Policy& policy_;
  const PromiseGroup& group_;
  const PromiseFact& promise_;
  std::set<Index> targets_;
  std::vector<Index> broken_;  // services
  std::optional<std::int64_t> found_;
  std::optional<Index> worst_host_;
  bool unknown_ = false;  // a site that must be known is not
};

}  // namespace

Verdict prove_copies(ProofContext& context, const PromiseGroup& group) {
  return CopiesProof(context, group).prove();
}

}  // namespace backstay::compiler
