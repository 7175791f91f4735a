// `instant-with`: what must fit together is captured at one instant, or while nothing writes.
//
// One instant there is for all databases of one server in one backup (language.md, section 5.3).
#include <algorithm>
#include <optional>
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

/// A database of each of two services that lie on different servers.
using ServerPair = std::pair<const DatabaseFact*, const DatabaseFact*>;

std::optional<ServerPair> split_pair(const Service& left, const Service& right) {
  if (left.databases.empty() || right.databases.empty()) {
    return std::nullopt;
  }
  // Two unequal servers stand against the first of the other side, or there are none.
  for (const DatabaseFact& one : left.databases) {
    if (one.server.value != right.databases.front().server.value) {
      return ServerPair(&one, &right.databases.front());
    }
  }
  for (const DatabaseFact& other : right.databases) {
    if (other.server.value != left.databases.front().server.value) {
      return ServerPair(&left.databases.front(), &other);
    }
  }
  return std::nullopt;
}

/// The backups of each service, with the place that covers it.
using Covering = std::vector<std::vector<std::pair<Index, Span>>>;

Covering covering_backups(const Policy& policy) {
  Covering covering(policy.services.size());
  for (Index backup = 0; backup < policy.backups.size(); ++backup) {
    for (const Reference& service : policy.backups[backup].services) {
      covering[service.value].emplace_back(backup, service.span);
    }
  }
  return covering;
}

/// Two services that want one instant.
struct Pair {
  const Service& left;
  const Service& right;
  const Reference& reference;  ///< the `instant-with` of the left one
};

Diagnostic finding_of(const Pair& pair, std::string why, std::string help) {
  return {.kind = DiagnosticKind::SplitInstant,
          .primary = pair.reference.span,
          .message = fmt::format("`{}` and `{}` cannot share one instant: {}", pair.left.name,
                                 pair.right.name, why),
          .help = std::move(help)};
}

void report_servers(const Policy& policy,
                    const Pair& pair,
                    const ServerPair& split,
                    Diagnostics& diagnostics) {
  Diagnostic finding =
      finding_of(pair, "their databases lie on two servers",
                 "put both on one server, or let both say `quiesce stop`, so that nothing is "
                 "written while they are captured");
  for (const DatabaseFact* fact : {split.first, split.second}) {
    add_label(finding, fact->server.span,
              fmt::format("on `{}`", policy.servers[fact->server.value].name));
  }
  for (const Service* service : {&pair.left, &pair.right}) {
    if (service->quiesce_stop) {
      add_label(finding, *service->quiesce_stop, "stopped meanwhile, but the other one is not");
    }
  }
  add_service_label(finding, pair.left, pair.reference.span);
  add_service_label(finding, pair.right, split.second->span);
  diagnostics.add(std::move(finding));
}

void report_backups(const Policy& policy,
                    const Pair& pair,
                    const std::pair<Index, Span>& left,
                    const std::pair<Index, Span>& right,
                    Diagnostics& diagnostics) {
  Diagnostic finding = finding_of(pair, "no backup covers both",
                                  "cover both in one backup, or take `instant-with` away and "
                                  "accept the difference");
  add_label(finding, left.second,
            fmt::format("`{}` is in backup `{}`", pair.left.name, policy.backups[left.first].name));
  add_label(
      finding, right.second,
      fmt::format("`{}` is in backup `{}`", pair.right.name, policy.backups[right.first].name));
  add_service_label(finding, pair.left, pair.reference.span);
  add_service_label(finding, pair.right, pair.right.span);
  diagnostics.add(std::move(finding));
}

bool share_backup(const std::vector<std::pair<Index, Span>>& left,
                  const std::vector<std::pair<Index, Span>>& right) {
  return std::any_of(left.begin(), left.end(), [&](const auto& one) {
    return std::any_of(right.begin(), right.end(),
                       [&](const auto& other) { return one.first == other.first; });
  });
}

}  // namespace

void check_instants(const Policy& policy, Diagnostics& diagnostics) {
  const Covering covering = covering_backups(policy);
  std::set<std::pair<Index, Index>> seen;
  for (Index number = 0; number < policy.services.size(); ++number) {
    for (const Reference& reference : policy.services[number].instant_with) {
      if (!seen.insert(std::minmax(number, reference.value)).second) {
        continue;
      }
      const Pair pair{policy.services[number], policy.services[reference.value], reference};
      const auto& left = covering[number];
      const auto& right = covering[reference.value];
      if (!left.empty() && !right.empty() && !share_backup(left, right)) {
        report_backups(policy, pair, left.front(), right.front(), diagnostics);
        continue;
      }
      const auto split = split_pair(pair.left, pair.right);
      if (split && !(pair.left.quiesce_stop && pair.right.quiesce_stop)) {
        report_servers(policy, pair, *split, diagnostics);
      }
    }
  }
}

}  // namespace backstay::compiler
