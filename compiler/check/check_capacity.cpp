// The declared sizes of what lies in a target, against its declared capacity.
//
// Twice the size, because a store may write a service anew before it lets the old one go; and for
// each point that is kept what changes in a day. Services without a `size` are not counted.
#include "compiler/check/check_capacity.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "compiler/check/host_classes.hpp"
#include "compiler/check/report.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;

constexpr std::size_t kMostLines = 5;

/// What one service of one deposit takes.
struct Share {
  Index service = 0;
  const Deposit* deposit = nullptr;
  std::uint64_t points = 0;
  std::uint64_t bytes = 0;
};

/// No more than can be told.
std::uint64_t add(std::uint64_t one, std::uint64_t other) {
  std::uint64_t sum = 0;
  return __builtin_add_overflow(one, other, &sum) ? ~std::uint64_t{0} : sum;
}

std::uint64_t multiply(std::uint64_t one, std::uint64_t other) {
  std::uint64_t product = 0;
  return __builtin_mul_overflow(one, other, &product) ? ~std::uint64_t{0} : product;
}

class CapacityCheck {
 public:
  explicit CapacityCheck(ProofContext& context) : context_(context), policy_(context.policy()) {}

  void run() {
    for (Index backup = 0; backup < policy_.backups.size(); ++backup) {
      for (const Deposit& deposit : context_.deposits(backup)) {
        if (policy_.targets[deposit.target.value].capacity) {
          collect(deposit);
        }
      }
    }
    for (auto& [place, shares] : shares_) {
      check(place.first, shares);
    }
  }

 private:
  /// A target, and the host that it is on where it is on several.
  using Place = std::pair<Index, std::optional<Index>>;

  [[nodiscard]] std::uint64_t points_of(const Deposit& deposit) const {
    const auto pace = context_.pace_of(deposit);
    const auto* const simulation =
        pace && deposit.retention
            ? context_.simulation(*pace, deposit.retention->value, context_.horizon().length)
            : nullptr;
    return simulation == nullptr ? 0 : simulation->most_points;
  }

  // A directory on each host holds what is of that host: an equal part, as nobody says more.
  void collect(const Deposit& deposit) {
    const std::uint64_t points = points_of(deposit);
    for (const Reference& reference : policy_.backups[deposit.backup].services) {
      const Service& service = policy_.services[reference.value];
      if (!service.size) {
        continue;
      }
      const std::uint64_t size = service.size->size.value.bytes;
      const std::uint64_t changes = service.size->changes ? service.size->changes->value.bytes : 0;
      Share share{reference.value, &deposit, points,
                  add(multiply(2, size), multiply(points, changes))};
      if (!context_.place(deposit.target.value).on_each_host) {
        shares_[{deposit.target.value, std::nullopt}].push_back(share);
        continue;
      }
      const std::vector<Index> hosts = data_hosts(policy_, service);
      share.bytes /= std::max<std::size_t>(hosts.size(), 1);
      for (const Index host : hosts) {
        shares_[{deposit.target.value, host}].push_back(share);
      }
    }
  }

  void check(Index target, std::vector<Share>& shares) {
    std::uint64_t needed = 0;
    for (const Share& share : shares) {
      needed = add(needed, share.bytes);
    }
    if (needed <= policy_.targets[target].capacity->value.bytes || !told_.insert(target).second) {
      return;
    }
    std::stable_sort(shares.begin(), shares.end(),
                     [](const Share& one, const Share& other) { return one.bytes > other.bytes; });
    report(policy_.targets[target], shares, needed);
  }

  [[nodiscard]] std::string share_text(const Share& share) const {
    const SizeFact& fact = *policy_.services[share.service].size;
    std::string text = fmt::format(
        "`{}` by backup `{}`: 2 × {}", policy_.services[share.service].name,
        policy_.backups[share.deposit->backup].name, backstay::to_string(fact.size.value));
    if (fact.changes) {
      text +=
          fmt::format(" + {} points × {}", share.points, backstay::to_string(fact.changes->value));
    }
    return fmt::format("{} = {}", text, to_human(ByteSize{share.bytes}));
  }

  void report(const Target& target, const std::vector<Share>& shares, std::uint64_t needed) {
    constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
    Diagnostic finding{
        .kind = DiagnosticKind::TargetTooSmall,
        .primary = target.capacity->span,
        .message =
            fmt::format("target `{}` holds {}, but {} are to lie there", target.name,
                        backstay::to_string(target.capacity->value), to_human(ByteSize{needed})),
        .help =
            fmt::format("keep less there, or give it `capacity {}GiB`", (needed - 1) / kGiB + 1),
    };
    add_subject(finding, "target", target.name);
    for (const Share& share : shares) {
      if (finding.witness.size() == kMostLines) {
        finding.witness.push_back(fmt::format("and {} more", shares.size() - kMostLines));
        break;
      }
      finding.witness.push_back(share_text(share));
      const SizeFact& fact = *policy_.services[share.service].size;
      add_label(finding, fact.span, "declared here");
      add_label(finding, share.deposit->target.span, "stored there");
      if (share.deposit->retention && fact.changes) {
        add_label(finding, share.deposit->retention->span, "keeps so many points");
      }
    }
    context_.diagnostics().add(std::move(finding));
  }

  ProofContext& context_;
  const Policy& policy_;
  std::map<Place, std::vector<Share>> shares_;
  std::set<Index> told_;
};

}  // namespace

void check_capacity(ProofContext& context) {
  CapacityCheck(context).run();
}

}  // namespace backstay::compiler
