// What the proofs of a policy have in common, each found once: where the points of a backup come to
// lie, when they do, and what a target then holds.
//
// Equal work is shared by what is said, not by who says it: two schedules of one rule have one list
// of fires, and targets that are filled and emptied alike have one simulation.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "compiler/calendar/occurrences.hpp"
#include "compiler/check/points.hpp"
#include "compiler/check/store_simulation.hpp"
#include "compiler/check/target_places.hpp"
#include "compiler/model/policy.hpp"
#include "lang/base/diagnostic.hpp"

namespace backstay::compiler {

/// One place where the points of a backup come to lie: its own target, or that of a copy.
struct Deposit {
  Index backup = 0;                ///< → backups
  const CopyFact* copy = nullptr;  ///< none: the backup's own target
  Reference target = {};           ///< → targets
  std::optional<Reference> retention = {};

  /// The copy's own schedule; nothing: after each run.
  [[nodiscard]] std::optional<Index> copy_schedule() const;
  [[nodiscard]] Duration lag() const;
};

/// When points come: a schedule, and what a copy adds to it.
struct Pace {
  Index schedule = 0;
  std::optional<Index> copy_schedule = {};
  Duration lag = {};
  Duration source_lag = {};  ///< until that which is copied on lies where it is copied on from
};

/// The zone, fires, arrivals and simulations of one policy. Borrows the policy and the sink, which
/// must outlive it. Not for several threads.
class ProofContext {
 public:
  ProofContext(const Policy& policy, const Horizon& horizon, lang::Diagnostics& diagnostics);

  [[nodiscard]] const Policy& policy() const { return policy_; }

  [[nodiscard]] lang::Diagnostics& diagnostics() const { return diagnostics_; }

  /// The days that are looked at.
  [[nodiscard]] const Horizon& horizon() const { return horizon_; }

  /// Nothing where the policy has none that is known.
  [[nodiscard]] const std::optional<Zone>& zone() const { return zone_; }

  [[nodiscard]] const TargetPlace& place(Index target) const { return places_[target]; }

  /// Its own target first, then the copies.
  [[nodiscard]] const std::vector<Deposit>& deposits(Index backup) const {
    return deposits_[backup];
  }

  /// The backups that cover a service, sorted.
  [[nodiscard]] const std::vector<Index>& covering(Index service) const {
    return covering_[service];
  }

  /// The drills that restore a service, sorted: from a target that holds points of it.
  [[nodiscard]] const std::vector<Index>& drills(Index service) const { return drills_[service]; }

  /// The pace at which a deposit is filled; nothing where its backup runs by hand.
  [[nodiscard]] std::optional<Pace> pace_of(const Deposit& deposit) const;

  /// The runs of a schedule in so many days from the beginning of the horizon; nothing where its
  /// rule or the zone cannot be read.
  [[nodiscard]] const std::vector<Fire>* fires(Index schedule, std::chrono::days length);

  /// The points of a pace; nothing as above.
  [[nodiscard]] const std::vector<Arrival>* arrivals(const Pace& pace, std::chrono::days length);

  /// What a target that is filled so holds after each point; nothing as above, or without a point.
  [[nodiscard]] const StoreSimulation* simulation(const Pace& pace,
                                                  Index retention,
                                                  std::chrono::days length);

  /// The retention in the words of a plan.
  [[nodiscard]] const plan::Retention& rules(Index retention);

 private:
  [[nodiscard]] Duration source_lag_of(const Deposit& deposit) const;
  [[nodiscard]] bool has_points_in(Index service, Index target) const;
  void find_drills();

  /// Rule, latest, the same of the copy, length in days.
  using ArrivalKey =
      std::tuple<std::string_view, std::int64_t, std::string_view, std::int64_t, std::int64_t>;
  /// With the retention as text.
  using StoreKey = std::pair<ArrivalKey, std::string>;

  [[nodiscard]] std::chrono::seconds latest_of(Index schedule) const;
  [[nodiscard]] ArrivalKey key_of(const Pace& pace, std::chrono::days length) const;

  const Policy& policy_;
  Horizon horizon_;
  lang::Diagnostics& diagnostics_;
  std::optional<Zone> zone_;
  std::vector<TargetPlace> places_;
  std::vector<std::vector<Deposit>> deposits_;
  std::vector<std::vector<Index>> covering_;
  std::vector<std::vector<Index>> drills_;
  std::map<std::pair<std::string_view, std::int64_t>, std::optional<std::vector<Fire>>> fires_;
  std::map<ArrivalKey, std::vector<Arrival>> arrivals_;
  std::map<Index, plan::Retention> rules_;
  std::map<StoreKey, StoreSimulation> simulations_;
};

}  // namespace backstay::compiler
