#include "compiler/check/proof_context.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/check/file_components.hpp"
#include "compiler/check/service_parts.hpp"
#include "compiler/lower/lower_parts.hpp"

namespace backstay::compiler {
namespace {

using std::chrono::days;
using std::chrono::seconds;

seconds bounded(Duration duration) {
  return std::min(seconds(duration.seconds), longest_time);
}

seconds seconds_of(const std::optional<Located<Duration>>& duration) {
  return duration ? bounded(duration->value) : seconds(0);
}

std::vector<Deposit> deposits_of(const Policy& policy, Index number) {
  const Backup& backup = policy.backups[number];
  std::vector<Deposit> deposits;
  if (backup.target) {
    deposits.push_back({number, nullptr, *backup.target, backup.retention});
  }
  for (const CopyFact& copy : backup.copies) {
    deposits.push_back({number, &copy, copy.target, copy.retention});
  }
  return deposits;
}

/// By service, the numbers of the declarations that name it.
template <typename Item>
std::vector<std::vector<Index>> by_service(const Policy& policy, const std::vector<Item>& items) {
  std::vector<std::vector<Index>> found(policy.services.size());
  for (Index item = 0; item < items.size(); ++item) {
    for (const Reference& service : items[item].services) {
      found[service.value].push_back(item);
    }
  }
  return found;
}

// Equal for retentions that keep the same, whatever they are called.
std::string text_of_rules(const plan::Retention& rules) {
  return fmt::format("{} {} {} {} {} {} {} {} {}", rules.last, rules.hourly, rules.daily,
                     rules.weekly, rules.monthly, rules.quarterly, rules.yearly, rules.all_for,
                     rules.at_least);
}

}  // namespace

std::optional<Index> Deposit::copy_schedule() const {
  return copy != nullptr && copy->schedule ? std::optional(copy->schedule->value) : std::nullopt;
}

Duration Deposit::lag() const {
  return copy != nullptr && copy->lag ? copy->lag->value : Duration{};
}

ProofContext::ProofContext(const Policy& policy,
                           const Horizon& horizon,
                           lang::Diagnostics& diagnostics)
    : policy_(policy),
      horizon_(horizon),
      diagnostics_(diagnostics),
      places_(target_places(policy)),
      covering_(by_service(policy, policy.backups)),
      drills_(policy.services.size()) {
  if (policy.zone) {
    if (auto zone = Zone::find(policy.zone->value)) {
      zone_ = std::move(zone).value();
    }
  }
  deposits_.reserve(policy.backups.size());
  for (Index backup = 0; backup < policy.backups.size(); ++backup) {
    deposits_.push_back(deposits_of(policy, backup));
  }
  find_drills();
}

bool ProofContext::has_points_in(Index service, Index target) const {
  return std::any_of(covering_[service].begin(), covering_[service].end(), [&](Index backup) {
    return std::any_of(deposits_[backup].begin(), deposits_[backup].end(),
                       [&](const Deposit& deposit) { return deposit.target.value == target; });
  });
}

// A drill restores what a backup puts into the target that it reads, and nothing else.
void ProofContext::find_drills() {
  for (Index drill = 0; drill < policy_.drills.size(); ++drill) {
    const auto& target = policy_.drills[drill].target;
    for (const Reference& service : policy_.drills[drill].services) {
      const Service& restored = policy_.services[service.value];
      if (target && is_protected(restored) && holds_points(restored) &&
          has_points_in(service.value, target->value)) {
        drills_[service.value].push_back(drill);
      }
    }
  }
}

Duration ProofContext::source_lag_of(const Deposit& deposit) const {
  const Backup& backup = policy_.backups[deposit.backup];
  const auto source =
      deposit.copy != nullptr ? source_of(policy_, places_, backup, *deposit.copy) : std::nullopt;
  for (const CopyFact& copy : backup.copies) {
    if (source == copy.target.value && copy.lag) {
      return copy.lag->value;
    }
  }
  return {};
}

std::optional<Pace> ProofContext::pace_of(const Deposit& deposit) const {
  const auto& schedule = policy_.backups[deposit.backup].schedule;
  if (!schedule) {
    return std::nullopt;
  }
  return Pace{schedule->value, deposit.copy_schedule(), deposit.lag(), source_lag_of(deposit)};
}

const std::vector<Fire>* ProofContext::fires(Index schedule, days length) {
  if (!zone_) {
    return nullptr;
  }
  const std::string_view text = policy_.schedules[schedule].rule.value;
  const auto [found, is_new] = fires_.try_emplace({text, length.count()});
  if (is_new) {
    if (const auto rule = parse_schedule_rule(text)) {
      found->second = find_fires(*rule, *zone_, {.begin = horizon_.begin, .length = length});
    }
  }
  return found->second ? &*found->second : nullptr;
}

seconds ProofContext::latest_of(Index schedule) const {
  return seconds_of(policy_.schedules[schedule].jitter) +
         seconds_of(policy_.schedules[schedule].window);
}

ProofContext::ArrivalKey ProofContext::key_of(const Pace& pace, days length) const {
  std::string_view copy_rule;
  std::int64_t copy_latest = bounded(pace.lag).count();
  if (pace.copy_schedule) {
    copy_rule = policy_.schedules[*pace.copy_schedule].rule.value;
    copy_latest += latest_of(*pace.copy_schedule).count();
  }
  const seconds latest = latest_of(pace.schedule) + bounded(pace.source_lag);
  return {policy_.schedules[pace.schedule].rule.value, latest.count(), copy_rule, copy_latest,
          length.count()};
}

const std::vector<Arrival>* ProofContext::arrivals(const Pace& pace, days length) {
  const auto* const runs = fires(pace.schedule, length);
  const auto* const copies = pace.copy_schedule ? fires(*pace.copy_schedule, length) : runs;
  if (runs == nullptr || copies == nullptr) {
    return nullptr;
  }
  const ArrivalKey key = key_of(pace, length);
  const auto [found, is_new] = arrivals_.try_emplace(key);
  if (is_new) {
    const seconds latest(std::get<1>(key));
    const seconds copy_latest(std::get<3>(key));
    found->second = pace.copy_schedule
                        ? arrivals_of_copies(arrivals_of_runs(*runs, latest), *copies, copy_latest)
                        : arrivals_of_runs(*runs, latest + copy_latest);
  }
  return &found->second;
}

const plan::Retention& ProofContext::rules(Index retention) {
  const auto [found, is_new] = rules_.try_emplace(retention);
  if (is_new) {
    found->second = lower_retention(policy_.retentions[retention]);
  }
  return found->second;
}

const StoreSimulation* ProofContext::simulation(const Pace& pace, Index retention, days length) {
  const auto* const points = arrivals(pace, length);
  if (points == nullptr || points->empty()) {
    return nullptr;
  }
  const plan::Retention& kept = rules(retention);
  const auto [found, is_new] =
      simulations_.try_emplace({key_of(pace, length), text_of_rules(kept)});
  if (is_new) {
    found->second = simulate_store(*points, kept, *zone_);
  }
  return &found->second;
}

}  // namespace backstay::compiler
