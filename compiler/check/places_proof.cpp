// `copies`, `media`, `offsite`, `encrypted`, `immutable`: where the data of a service lies once its
// backups have run.
//
// The live data is a copy, on disk, at its host's site. Targets count once for each machine and
// medium that they are on: two directories of one machine are lost together. What is promised is
// judged for each host and each part of a service, and the worst counts.
#include "compiler/check/places_proof.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

#include <fmt/format.h>

#include "compiler/check/host_classes.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

constexpr std::string_view kLiveMedium = "disk";

/// A machine and a medium.
using Place = std::tuple<std::optional<Index>, std::string_view, std::string_view>;

std::string_view medium_of(const Target& target) {
  return target.media ? std::string_view(target.media->value) : kLiveMedium;
}

Place place_of(const ProofContext& context, Index target, Index live_host) {
  const TargetPlace& place = context.place(target);
  return {place.on_each_host ? std::optional(live_host) : place.host, place.machine,
          medium_of(context.policy().targets[target])};
}

std::int64_t size_of(const std::set<Place>& places) {
  return static_cast<std::int64_t>(places.size());
}

std::int64_t count_copies(const ProofContext& context, const LyingPart& part) {
  std::set<Place> places;
  for (const Index target : part.targets) {
    places.insert(place_of(context, target, part.host));
  }
  return size_of(places) + 1;
}

std::int64_t count_media(const ProofContext& context, const LyingPart& part) {
  std::set<std::string_view> media{kLiveMedium};
  for (const Index target : part.targets) {
    media.insert(medium_of(context.policy().targets[target]));
  }
  return static_cast<std::int64_t>(media.size());
}

std::int64_t count_offsite(const ProofContext& context, const LyingPart& part) {
  const Policy& policy = context.policy();
  const auto home = root_site(policy, policy.hosts[part.host].site);
  std::set<Place> places;
  for (const Index target : part.targets) {
    const auto site = root_site(
        policy, site_of(policy, policy.targets[target], context.place(target), part.host));
    if (site && site != home) {
      places.insert(place_of(context, target, part.host));
    }
  }
  return size_of(places);
}

std::int64_t count_readable(const ProofContext& context, const LyingPart& part) {
  return std::count_if(part.targets.begin(), part.targets.end(), [&](Index target) {
    return is_away_from(context.place(target), part.host) &&
           !is_encrypted(context.policy().targets[target]);
  });
}

std::int64_t longest_lock(const Policy& policy, const LyingPart& part) {
  std::int64_t longest = 0;
  for (const Index target : part.targets) {
    if (is_lock_kept(policy.targets[target])) {
      longest = std::max(longest, policy.targets[target].locked->value.seconds);
    }
  }
  return longest;
}

class PlacesProof {
 public:
  PlacesProof(ProofContext& context, const PromiseGroup& group)
      : context_(context), policy_(context.policy()), group_(group), promise_(*group.promise) {
    std::set<Index> targets;
    for (const Index backup : group.backups) {
      for (const Deposit& deposit : context.deposits(backup)) {
        targets.insert(deposit.target.value);
      }
    }
    targets_.assign(targets.begin(), targets.end());
  }

  Verdict prove() {
    for (const Index service : group_.services) {
      if (!keeps(policy_.services[service])) {
        broken_.services.push_back(service);
      }
    }
    if (site_unknown_) {
      return Verdict::Broken;
    }
    if (broken_.services.empty()) {
      return Verdict::Proven;
    }
    report_places(context_, group_, broken_);
    return Verdict::Broken;
  }

 private:
  bool keeps(const Service& service) {
    bool kept = true;
    for (const ServicePart& part : parts_of(service)) {
      for (const Index host : hosts_of_part(service, part)) {
        kept = (host == no_host || keeps(part, host)) && kept;
      }
    }
    return kept;
  }

  // A tree is on the hosts of the service; of what the backups hold, databases are elsewhere.
  [[nodiscard]] std::vector<Index> hosts_of_part(const Service& service,
                                                 const ServicePart& part) const {
    return part.path.empty() ? data_hosts(policy_, service) : hosts_of(service);
  }

  // Each host is measured once for the services that only have points.
  bool keeps(const ServicePart& part, Index host) {
    if (!part.path.empty() || !part.mirrors.empty()) {
      return measure(part, host);
    }
    const auto [known, is_new] = known_.try_emplace(host, true);
    if (is_new) {
      known->second = measure(part, host);
    }
    return known->second;
  }

  bool measure(const ServicePart& part, Index host) {
    LyingPart lying{host, part.path, part.mirrors};
    if (part.in_backups) {
      lying.targets.clear();
      std::set_union(targets_.begin(), targets_.end(), part.mirrors.begin(), part.mirrors.end(),
                     std::back_inserter(lying.targets));
    }
    if (promise_.kind == PromiseKind::Offsite) {
      check_sites_known(lying);
    }
    const std::int64_t found = measure_places(context_, promise_.kind, lying);
    if (found >= promise_.amount) {
      return true;
    }
    if (!has_worst_ || found < broken_.found) {
      has_worst_ = true;
      broken_.found = found;
      broken_.worst = std::move(lying);
    }
    return false;
  }

  void check_sites_known(const LyingPart& part) {
    const Host& live = policy_.hosts[part.host];
    if (!live.site) {
      site_unknown_ = true;
      report_unknown_site(context_, promise_, "host", live.name, live.span);
      return;
    }
    for (const Index index : part.targets) {
      const Target& target = policy_.targets[index];
      const TargetPlace& place = context_.place(index);
      if (site_of(policy_, target, place, part.host)) {
        continue;
      }
      site_unknown_ = true;
      const bool on_host = target.kind == TargetKind::Directory && place.host;
      report_unknown_site(context_, promise_, on_host ? "host" : "target",
                          on_host ? policy_.hosts[*place.host].name : target.name,
                          on_host ? policy_.hosts[*place.host].span : target.span);
    }
  }

  ProofContext& context_;
  const Policy& policy_;
  const PromiseGroup& group_;
  const PromiseFact& promise_;
  std::vector<Index> targets_;  // of the backups
  std::map<Index, bool> known_;
  BrokenPlaces broken_;
  bool has_worst_ = false;
  bool site_unknown_ = false;  // a site that must be known is not
};

}  // namespace

bool is_lock_kept(const Target& target) {
  const bool host_deletes = !target.deletable_by || target.deletable_by->value == Deleter::Host;
  return target.locked && !(target.kind == TargetKind::Directory && host_deletes);
}

bool is_encrypted(const Target& target) {
  return target.seal.has_value() || target.kind == TargetKind::Restic;
}

std::int64_t measure_places(const ProofContext& context, PromiseKind kind, const LyingPart& part) {
  switch (kind) {
    case PromiseKind::Copies:
      return count_copies(context, part);
    case PromiseKind::Media:
      return count_media(context, part);
    case PromiseKind::Offsite:
      return count_offsite(context, part);
    case PromiseKind::Encrypted:
      return -count_readable(context, part);
    case PromiseKind::Immutable:
      return longest_lock(context.policy(), part);
    case PromiseKind::Rpo:
    case PromiseKind::OffsiteRpo:
    case PromiseKind::Rto:
    case PromiseKind::History:
    case PromiseKind::Drill:
      break;
  }
  return 0;
}

Verdict prove_places(ProofContext& context, const PromiseGroup& group) {
  return PlacesProof(context, group).prove();
}

}  // namespace backstay::compiler
