#include "compiler/check/points.hpp"

namespace backstay::compiler {

using std::chrono::seconds;
using std::chrono::sys_seconds;

std::vector<Arrival> arrivals_of_runs(const std::vector<Fire>& fires, seconds latest) {
  std::vector<Arrival> arrivals;
  arrivals.reserve(fires.size());
  for (const Fire& fire : fires) {
    arrivals.push_back({fire.at, fire.at + latest});
  }
  return arrivals;
}

std::vector<Arrival> arrivals_of_copies(const std::vector<Arrival>& runs,
                                        const std::vector<Fire>& fires,
                                        seconds latest) {
  std::vector<Arrival> arrivals;
  std::size_t ready = 0;
  for (const Fire& fire : fires) {
    while (ready < runs.size() && runs[ready].available <= fire.at) {
      ++ready;
    }
    const bool is_new =
        ready > 0 && (arrivals.empty() || arrivals.back().begun < runs[ready - 1].begun);
    if (is_new) {
      arrivals.push_back({runs[ready - 1].begun, fire.at + latest});
    }
  }
  return arrivals;
}

std::optional<WorstAge> find_worst_age(const std::vector<Arrival>& points,
                                       std::size_t skipped,
                                       std::optional<sys_seconds> end) {
  if (points.size() <= skipped) {
    return std::nullopt;
  }
  std::optional<WorstAge> worst;
  const Arrival* newest = nullptr;
  const auto consider = [&](sys_seconds until, const Arrival* next) {
    if (!worst || until - newest->begun > worst->age) {
      worst = {until - newest->begun, *newest, next ? std::optional(*next) : std::nullopt};
    }
  };
  for (std::size_t at = 0; at + skipped < points.size(); ++at) {
    if (newest == nullptr || points[at].begun > newest->begun) {
      newest = &points[at];
    }
    if (at + skipped + 1 < points.size()) {
      const Arrival& next = points[at + skipped + 1];
      consider(next.available, &next);
    }
  }
  if (end && *end > points.back().available) {
    consider(*end, nullptr);
  }
  return worst;
}

}  // namespace backstay::compiler
