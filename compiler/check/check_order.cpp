// `needs` decides in which order services stop and start, so it must not run in a circle.
#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "compiler/check/checks.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;
using lang::Diagnostics;

constexpr Index kUnset = std::numeric_limits<Index>::max();

/// Strongly connected components of `needs` (R. Tarjan, 1972), without recursion: a policy may
/// chain its services as deeply as it likes.
class Components {
 public:
  explicit Components(const std::vector<Service>& services)
      : services_(services),
        number_(services.size(), kUnset),
        lowest_(services.size(), kUnset),
        on_stack_(services.size(), false) {
    for (Index service = 0; service < services.size(); ++service) {
      if (number_[service] == kUnset) {
        walk(service);
      }
    }
  }

  /// Each in rising order; only those that hold a cycle.
  [[nodiscard]] const std::vector<std::vector<Index>>& cyclic() const { return cyclic_; }

 private:
  struct Frame {
    Index service;
    std::size_t next;
  };

  void open(Index service) {
    number_[service] = lowest_[service] = counter_++;
    on_stack_[service] = true;
    stack_.push_back(service);
    frames_.push_back({service, 0});
  }

  void walk(Index root) {
    open(root);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      const Index service = frame.service;
      const auto& needs = services_[service].needs;
      if (frame.next == needs.size()) {
        frames_.pop_back();
        close(service);
        continue;
      }
      const Index needed = needs[frame.next++].value;
      if (number_[needed] == kUnset) {
        open(needed);
      } else if (on_stack_[needed]) {
        lowest_[service] = std::min(lowest_[service], number_[needed]);
      }
    }
  }

  void close(Index service) {
    if (!frames_.empty()) {
      Index& above = lowest_[frames_.back().service];
      above = std::min(above, lowest_[service]);
    }
    if (lowest_[service] != number_[service]) {
      return;
    }
    std::vector<Index> members;
    do {
      members.push_back(stack_.back());
      on_stack_[stack_.back()] = false;
      stack_.pop_back();
    } while (members.back() != service);
    const auto& needs = services_[service].needs;
    const bool needs_itself = std::any_of(needs.begin(), needs.end(), [&](const Reference& needed) {
      return needed.value == service;
    });
    if (members.size() > 1 || needs_itself) {
      std::sort(members.begin(), members.end());
      cyclic_.push_back(std::move(members));
    }
  }

  const std::vector<Service>& services_;
  std::vector<Index> number_;
  std::vector<Index> lowest_;
  std::vector<bool> on_stack_;
  std::vector<Index> stack_;
  std::vector<Frame> frames_;
  std::vector<std::vector<Index>> cyclic_;
  Index counter_ = 0;
};

/// One `needs` on the way round.
struct Edge {
  Index from = 0;
  const Reference* need = nullptr;
};

using Cycle = std::vector<Edge>;

/// Finds a shortest cycle among the members of one component, by a search from each of them.
class ShortestCycle {
 public:
  ShortestCycle(const std::vector<Service>& services, const std::vector<Index>& members)
      : services_(services), members_(members) {}

  [[nodiscard]] Cycle find() {
    for (const Index member : members_) {
      search_from(member);
      // Why: in a tangle of thousands of services any cycle is as good; the search stays
      // linear-ish.
      if (steps_ > kMostSteps || best_.size() == 1) {
        break;
      }
    }
    return best_;
  }

 private:
  static constexpr std::size_t kMostSteps = 2'000'000;

  struct Found {
    Edge by;
    std::size_t distance = 0;
  };

  void search_from(Index start) {
    std::vector<std::pair<Index, Found>> queue{{start, {}}};
    std::set<Index> seen{start};
    std::vector<std::size_t> parents{0};
    for (std::size_t at = 0; at < queue.size(); ++at) {
      const Index service = queue[at].first;
      const std::size_t distance = queue[at].second.distance + 1;
      if (!best_.empty() && distance >= best_.size()) {
        return;
      }
      for (const Reference& need : services_[service].needs) {
        ++steps_;
        if (need.value == start) {
          best_ = way_back(queue, parents, at);
          best_.push_back({service, &need});
          return;
        }
        if (seen.insert(need.value).second) {
          queue.push_back({need.value, {{service, &need}, distance}});
          parents.push_back(at);
        }
      }
    }
  }

  static Cycle way_back(const std::vector<std::pair<Index, Found>>& queue,
                        const std::vector<std::size_t>& parents,
                        std::size_t at) {
    Cycle way;
    for (; at != 0; at = parents[at]) {
      way.push_back(queue[at].second.by);
    }
    std::reverse(way.begin(), way.end());
    return way;
  }

  const std::vector<Service>& services_;
  const std::vector<Index>& members_;
  Cycle best_;
  std::size_t steps_ = 0;
};

/// `a` and `b` need each other; of a long circle only their number.
std::string cycle_message(const Policy& policy, const Cycle& cycle) {
  constexpr std::size_t kMostNames = 5;
  std::vector<std::string> names;
  for (const Edge& edge : cycle) {
    names.push_back(policy.services[edge.from].name);
  }
  if (names.size() == 1) {
    return fmt::format("service `{}` needs itself", names.front());
  }
  if (names.size() > kMostNames) {
    return fmt::format("{} services need each other in a circle", names.size());
  }
  return fmt::format("services {} need each other{}", join_names(names),
                     names.size() == 2 ? "" : " in a circle");
}

void report_cycle(const Policy& policy, const Cycle& cycle, Diagnostics& diagnostics) {
  const auto name = [&](Index service) { return policy.services[service].name; };
  std::string circle = name(cycle.front().from);
  for (const Edge& edge : cycle) {
    circle += " needs " + name(edge.need->value);
    circle += &edge == &cycle.back() ? "" : ", which";
  }
  Diagnostic finding{
      .kind = DiagnosticKind::OrderCycle,
      .primary = cycle.front().need->span,
      .message = cycle_message(policy, cycle),
      .primary_label =
          fmt::format("`{}` needs `{}`", name(cycle.front().from), name(cycle.front().need->value)),
      .witness = {circle},
      .help = cycle.size() == 1 ? "remove it from the `needs`"
                                : "remove one of these `needs`: the one that can start without "
                                  "the other",
  };
  for (const Edge& edge : cycle) {
    add_label(finding, edge.need->span,
              fmt::format("`{}` needs `{}`", name(edge.from), name(edge.need->value)));
    add_service_label(finding, policy.services[edge.from], edge.need->span);
  }
  diagnostics.add(std::move(finding));
}

}  // namespace

void check_order(const Policy& policy, Diagnostics& diagnostics) {
  const Components components(policy.services);
  for (const std::vector<Index>& members : components.cyclic()) {
    report_cycle(policy, ShortestCycle(policy.services, members).find(), diagnostics);
  }
}

}  // namespace backstay::compiler
