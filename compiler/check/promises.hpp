// The promises of a policy, grouped so that each proof is made once, not once for each service.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "compiler/calendar/occurrences.hpp"
#include "compiler/model/policy.hpp"
#include "lang/base/diagnostic.hpp"

namespace backstay::compiler {

/// Services of which one line promises the same, and which the same backups cover.
struct PromiseGroup {
  const PromiseFact* promise = nullptr;
  std::vector<Index> backups;   ///< → backups, sorted; empty: nothing covers them
  std::vector<Index> services;  ///< → services, sorted, never empty
};

/// Every promise that holds for a service: of each kind the strictest one, and with `tolerates`
/// every one that no other implies. External services are outside promises.
[[nodiscard]] std::vector<PromiseGroup> promise_groups(const Policy& policy);

/// `rpo 26h tolerates 1`
[[nodiscard]] std::string to_string(const PromiseFact& promise);

/// service `app`, or services `app`, `db` and 12 more
[[nodiscard]] std::string services_text(const Policy& policy, const std::vector<Index>& services);

enum class Verdict : std::uint8_t {
  Proven,
  Broken,
  Unproven,  ///< this version cannot prove it, or an error elsewhere stands before it
};

/// What the proofs have in common: the zone, and the runs of each schedule, found once.
class ProofContext {
 public:
  /// Findings go to `diagnostics`, which must outlive the context.
  ProofContext(const Policy& policy, lang::Diagnostics& diagnostics);

  [[nodiscard]] const Policy& policy() const { return policy_; }

  [[nodiscard]] lang::Diagnostics& diagnostics() const { return diagnostics_; }

  /// Nothing where the policy has none that is known.
  [[nodiscard]] const std::optional<Zone>& zone() const { return zone_; }

  /// The runs of a schedule in so many days from the beginning of the horizon; nothing where its
  /// rule or the zone cannot be read.
  [[nodiscard]] const std::vector<Fire>* fires(Index schedule, std::chrono::days length);

 private:
  const Policy& policy_;
  lang::Diagnostics& diagnostics_;
  std::optional<Zone> zone_;
  std::map<std::pair<Index, std::int64_t>, std::vector<Fire>> fires_;
};

/// Proves one group by the proof of its kind; what this version has no proof for is Unproven.
[[nodiscard]] Verdict prove(ProofContext& context, const PromiseGroup& group);
/// Each proves the promises of its kinds and reports one finding for a group that breaks one.
[[nodiscard]] Verdict prove_rpo(ProofContext& context, const PromiseGroup& group);
[[nodiscard]] Verdict prove_history(ProofContext& context, const PromiseGroup& group);
/// `copies`, `media`, `offsite`
[[nodiscard]] Verdict prove_copies(ProofContext& context, const PromiseGroup& group);

/// Labels for what a backup without a schedule, or no backup at all, leaves unsaid.
void add_backup_labels(const Policy& policy, const PromiseGroup& group, lang::Diagnostic& finding);

}  // namespace backstay::compiler
