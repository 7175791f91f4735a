#include "compiler/check/store_simulation.hpp"

#include <algorithm>
#include <utility>

#include "compiler/calendar/buckets.hpp"

namespace backstay::compiler {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;
using Points = std::vector<plan::RetentionPoint>;

constexpr std::size_t kEveryRunUpTo = 5'000;

plan::RetentionPoint point_of(const Arrival& arrival, const Zone& zone) {
  return {.id = {}, .at = arrival.begun, .periods = periods_of(arrival.begun, zone)};
}

/// A target that is filled. `decided(arrival, removed)` is told each decision.
class Store {
 public:
  Store(const plan::Retention& retention, const Zone& zone) : retention_(retention), zone_(zone) {}

  /// Whether it was time to decide; with `removed` for each point that went.
  template <typename Removed>
  bool add(const Arrival& arrival, Removed removed) {
    points_.push_back(point_of(arrival, zone_));
    const std::int64_t day = points_.back().periods.day;
    if (++added_ > kEveryRunUpTo && day_ == day) {
      return false;
    }
    day_ = day;
    decide(arrival.available, removed);
    return true;
  }

  [[nodiscard]] const Points& points() const { return points_; }

 private:
  template <typename Removed>
  void decide(sys_seconds now, Removed removed) {
    const std::vector<std::size_t> kept = plan::kept_points(points_, retention_, now);
    if (kept.size() == points_.size()) {
      return;
    }
    std::size_t to = 0;
    for (std::size_t from = 0; from < points_.size(); ++from) {
      if (to == kept.size() || kept[to] != from) {
        removed(points_[from].at);
        continue;
      }
      if (from != to) {
        points_[to] = std::move(points_[from]);
      }
      ++to;
    }
    points_.resize(to);
  }

  const plan::Retention& retention_;
  const Zone& zone_;
  Points points_;
  std::size_t added_ = 0;
  std::int64_t day_ = 0;
};

StoreState state_of(const Points& points) {
  return {points.back().at, points.front().at, points.size()};
}

/// What is left when `next` comes to a store that had no run for long.
OutageLoss loss_of(const Points& before,
                   const Arrival& next,
                   const plan::Retention& retention,
                   const Zone& zone) {
  Points after = before;
  after.push_back(point_of(next, zone));
  const auto kept = plan::kept_points(after, retention, next.available);
  return {before.back().at, next.begun, before.size(), kept.size(),
          next.begun - after[kept.front()].at};
}

void note_loss(OutageLosses& losses, const OutageLoss& loss) {
  const auto& fewest = losses.fewest;
  if (!fewest || loss.after * fewest->before < fewest->after * loss.before) {
    losses.fewest = loss;
  }
  if (!losses.shortest || loss.span < losses.shortest->span) {
    losses.shortest = loss;
  }
}

}  // namespace

StoreSimulation simulate_store(const std::vector<Arrival>& arrivals,
                               const plan::Retention& retention,
                               const Zone& zone) {
  StoreSimulation simulation;
  Store store(retention, zone);
  for (const Arrival& arrival : arrivals) {
    const auto note = [&](sys_seconds point) {
      const Removal removal{point, arrival.begun};
      auto& youngest = simulation.youngest_removed;
      if (!youngest || removal.age() < youngest->age()) {
        youngest = removal;
      }
    };
    if (store.add(arrival, note)) {
      simulation.states.push_back(state_of(store.points()));
      simulation.most_points = std::max(simulation.most_points, store.points().size());
    }
  }
  return simulation;
}

std::vector<OutageLosses> simulate_outages(const std::vector<Arrival>& arrivals,
                                           const plan::Retention& retention,
                                           const Zone& zone,
                                           const OutageQuestion& question) {
  std::vector<OutageLosses> losses(question.lengths.size());
  std::vector<std::size_t> next(question.lengths.size(), 0);
  Store store(retention, zone);
  std::int64_t day = -1;
  for (const Arrival& arrival : arrivals) {
    const bool decided = store.add(arrival, [](sys_seconds) {});
    // Why: a store changes little within a day, and an outage of days may begin at any time of it.
    const bool is_new_day = day != store.points().back().periods.day;
    if (!decided || !is_new_day || store.points().size() >= question.below ||
        arrival.begun - arrivals.front().begun < question.from) {
      continue;
    }
    day = store.points().back().periods.day;
    for (std::size_t at = 0; at < question.lengths.size(); ++at) {
      std::size_t& after = next[at];
      while (after < arrivals.size() &&
             arrivals[after].begun - arrival.begun <= question.lengths[at]) {
        ++after;
      }
      if (after < arrivals.size()) {
        note_loss(losses[at], loss_of(store.points(), arrivals[after], retention, zone));
      }
    }
  }
  return losses;
}

HistoryReach reach_of(const StoreSimulation& simulation, seconds promised) {
  HistoryReach reach;
  if (simulation.states.empty()) {
    return reach;
  }
  const sys_seconds first = simulation.states.front().newest;
  for (const StoreState& state : simulation.states) {
    if (state.newest - first < promised) {
      continue;
    }
    if (!reach.passed || state.span() < reach.shortest.span()) {
      reach = {true, state};
    }
  }
  return reach;
}

}  // namespace backstay::compiler
