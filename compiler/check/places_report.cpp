// Findings about where copies lie: what there is, what is missing, and which target would mend it.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/check/places_proof.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;

/// Declared targets that are tried as a remedy.
constexpr std::size_t kMostTried = 100;

class PlacesReport {
 public:
  PlacesReport(const ProofContext& context, const PromiseGroup& group, const BrokenPlaces& broken)
      : context_(context),
        policy_(context.policy()),
        group_(group),
        promise_(*group.promise),
        broken_(broken) {}

  [[nodiscard]] Diagnostic make() const {
    Diagnostic finding = broken_promise(policy_, kind(), promise_, broken_.services);
    finding.message = message();
    finding.witness = witness();
    finding.help = help();
    for (const Index backup : group_.backups) {
      for (const Deposit& deposit : context_.deposits(backup)) {
        add_target_labels(finding, deposit.target);
      }
    }
    for (const Index service : broken_.services) {
      for (const MirrorFact& mirror : policy_.services[service].mirrors) {
        add_target_labels(finding, mirror.target);
      }
    }
    if (group_.backups.empty()) {
      add_backup_labels(policy_, group_, finding);
    }
    return finding;
  }

 private:
  [[nodiscard]] DiagnosticKind kind() const {
    switch (promise_.kind) {
      case PromiseKind::Media:
        return DiagnosticKind::TooFewMedia;
      case PromiseKind::Offsite:
        return DiagnosticKind::TooFewOffsite;
      case PromiseKind::Encrypted:
        return DiagnosticKind::CopyNotEncrypted;
      case PromiseKind::Immutable:
        return DiagnosticKind::NoCopyLocked;
      case PromiseKind::Copies:
      case PromiseKind::Rpo:
      case PromiseKind::OffsiteRpo:
      case PromiseKind::Rto:
      case PromiseKind::History:
      case PromiseKind::Drill:
        break;
    }
    return DiagnosticKind::TooFewCopies;
  }

  [[nodiscard]] std::string what() const {
    const std::string services = services_text(policy_, broken_.services);
    return broken_.worst.path.empty() ? services
                                      : fmt::format("`{}` of {}", broken_.worst.path, services);
  }

  [[nodiscard]] std::string message() const {
    const std::string promised = to_string(promise_);
    const std::int64_t found = broken_.found;
    switch (promise_.kind) {
      case PromiseKind::Media:
        return fmt::format("{} kind{} of media {} {}, fewer than `{}`", found,
                           found == 1 ? "" : "s", found == 1 ? "holds" : "hold", what(), promised);
      case PromiseKind::Offsite:
        return fmt::format("{} cop{} of {} at another site, fewer than `{}`", found,
                           found == 1 ? "y" : "ies", what(), promised);
      case PromiseKind::Encrypted:
        return fmt::format("{} cop{} of {} {} away from {} and not sealed, against `{}`", -found,
                           found == -1 ? "y" : "ies", what(), found == -1 ? "is" : "are",
                           fmt::format("`{}`", policy_.hosts[broken_.worst.host].name), promised);
      case PromiseKind::Immutable:
        return found == 0 ? fmt::format("no copy of {} is locked, against `{}`", what(), promised)
                          : fmt::format("no copy of {} is locked longer than {}, less than `{}`",
                                        what(), backstay::to_string(Duration{found}), promised);
      case PromiseKind::Copies:
      case PromiseKind::Rpo:
      case PromiseKind::OffsiteRpo:
      case PromiseKind::Rto:
      case PromiseKind::History:
      case PromiseKind::Drill:
        break;
    }
    return fmt::format("{} cop{} of {}, fewer than `{}`", found, found == 1 ? "y" : "ies", what(),
                       promised);
  }

  // With the outermost site, where that decides.
  [[nodiscard]] std::string site_text(const Reference& site) const {
    const Index root = root_site(policy_, site).value_or(site.value);
    const std::string text = fmt::format("`{}`", policy_.sites[site.value].name);
    return promise_.kind == PromiseKind::Offsite && root != site.value
               ? fmt::format("{}, part of `{}`", text, policy_.sites[root].name)
               : text;
  }

  [[nodiscard]] std::string target_text(Index index) const {
    const Target& target = policy_.targets[index];
    const TargetPlace& place = context_.place(index);
    const std::string medium = target.media ? target.media->value : "disk";
    const Index host = place.on_each_host ? broken_.worst.host : place.host.value_or(0);
    const std::string machine = place.on_each_host || place.host
                                    ? "on `" + policy_.hosts[host].name + "`"
                                    : "on " + place.machine;
    const auto site = site_of(policy_, target, place, broken_.worst.host);
    return fmt::format("target `{}`: {} {}{}{}", target.name, medium, machine,
                       site ? " at " + site_text(*site) : "", property_of(index));
  }

  // What the promise asks of a target, beyond its place.
  [[nodiscard]] std::string property_of(Index index) const {
    const Target& target = policy_.targets[index];
    if (promise_.kind == PromiseKind::Immutable) {
      return target.locked
                 ? fmt::format(", locked {}{}", backstay::to_string(target.locked->value),
                               is_lock_kept(target) ? "" : ", but the host can delete from it")
                 : ", not locked";
    }
    if (promise_.kind != PromiseKind::Encrypted) {
      return {};
    }
    return target.seal ? fmt::format(", sealed with `{}`", policy_.keys[target.seal->value].name)
           : is_encrypted(target) ? ", encrypted by restic"
                                  : ", not sealed";
  }

  [[nodiscard]] std::vector<std::string> witness() const {
    const Host& host = policy_.hosts[broken_.worst.host];
    std::vector<std::string> lines{fmt::format("live data: disk on `{}`{}", host.name,
                                               host.site ? " at " + site_text(*host.site) : "")};
    for (const Index target : broken_.worst.targets) {
      lines.push_back(target_text(target));
    }
    return lines;
  }

  // A declared target that is not used here and would make the promise hold better.
  [[nodiscard]] const Target* better_target() const {
    LyingPart part = broken_.worst;
    const auto found = part.targets;
    for (Index target = 0; target < std::min(policy_.targets.size(), kMostTried); ++target) {
      if (std::binary_search(found.begin(), found.end(), target)) {
        continue;
      }
      part.targets = found;
      part.targets.push_back(target);
      if (measure_places(context_, promise_.kind, part) > broken_.found) {
        return &policy_.targets[target];
      }
    }
    return nullptr;
  }

  [[nodiscard]] std::string add_help(std::string_view otherwise) const {
    const Target* const target = better_target();
    if (target == nullptr || group_.backups.empty() || !broken_.worst.path.empty()) {
      return std::string(otherwise);
    }
    const Backup& backup = policy_.backups[group_.backups.front()];
    return fmt::format(
        "add `copy to {} keep {}` to backup `{}`", target->name,
        backup.retention ? policy_.retentions[backup.retention->value].name : "RETENTION",
        backup.name);
  }

  // The target that is locked longest already, else the one that the host cannot delete from.
  [[nodiscard]] std::string lock_help() const {
    const auto& targets = broken_.worst.targets;
    if (targets.empty()) {
      return add_help("back up to a target that is `locked`");
    }
    const auto rank = [&](Index index) {
      const Target& target = policy_.targets[index];
      return std::pair(is_lock_kept(target) ? target.locked->value.seconds : 0,
                       target.deletable_by && target.deletable_by->value != Deleter::Host);
    };
    const Index best =
        *std::max_element(targets.begin(), targets.end(),
                          [&](Index one, Index other) { return rank(one) < rank(other); });
    const Target& target = policy_.targets[best];
    const std::string lock =
        fmt::format("`locked {}`", backstay::to_string(Duration{promise_.amount}));
    if (target.locked && !is_lock_kept(target)) {
      return fmt::format(
          "give target `{}` to somebody else than the host, `deletable-by admin`, "
          "with {}",
          target.name, lock);
    }
    return fmt::format("lock target `{}` that long, if it can be: {}", target.name, lock);
  }

  [[nodiscard]] std::string help() const {
    switch (promise_.kind) {
      case PromiseKind::Media:
        return add_help("back up to a target of another `media` as well");
      case PromiseKind::Offsite:
        return add_help("back up to a target at another site as well");
      case PromiseKind::Encrypted:
        return policy_.keys.empty()
                   ? "declare a `key` with two recipients, and `seal` those targets with it"
                   : fmt::format("add `seal {}` to those targets", policy_.keys.front().name);
      case PromiseKind::Immutable:
        return lock_help();
      case PromiseKind::Copies:
      case PromiseKind::Rpo:
      case PromiseKind::OffsiteRpo:
      case PromiseKind::Rto:
      case PromiseKind::History:
      case PromiseKind::Drill:
        break;
    }
    return add_help("back up to a target on another host or medium as well");
  }

  void add_target_labels(Diagnostic& finding, const Reference& reference) const {
    if (finding.labels.size() >= kMostLabels) {
      return;
    }
    const Target& target = policy_.targets[reference.value];
    add_label(finding, reference.span, "stores a copy");
    const bool readable = promise_.kind == PromiseKind::Encrypted && !is_encrypted(target) &&
                          is_away_from(context_.place(reference.value), broken_.worst.host);
    if (readable) {
      add_label(finding, target.span, "not sealed");
    }
    if (promise_.kind == PromiseKind::Immutable && target.locked) {
      add_label(finding, target.locked->span,
                is_lock_kept(target) ? "not long enough" : "the host can delete it all the same");
    }
  }

  const ProofContext& context_;
  const Policy& policy_;
  const PromiseGroup& group_;
  const PromiseFact& promise_;
  const BrokenPlaces& broken_;
};

}  // namespace

void report_places(const ProofContext& context,
                   const PromiseGroup& group,
                   const BrokenPlaces& broken) {
  context.diagnostics().add(PlacesReport(context, group, broken).make());
}

}  // namespace backstay::compiler
