// How long it takes to read a service back, with all that it needs, from declared facts.
//
// A service is read from the fastest target that holds it, after what it needs: the time along the
// longest chain of `needs`. Where a fact is missing there are two answers: the least that it can
// take, and the most, which is then unknown.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "compiler/check/proof_context.hpp"

namespace backstay::compiler {

/// Seconds to read a service and all it needs. Rounded up for each service.
struct RestoreTime {
  std::int64_t least = 0;
  std::optional<std::int64_t> most = 0;  ///< nothing: a size or a bandwidth is not declared
};

/// What one service adds.
struct OwnRestoreTime {
  std::uint64_t bytes = 0;  ///< declared; 0 where nothing is
  bool size_missing = false;
  std::optional<Index> fastest = {};  ///< → targets; of those with a `bandwidth`
  bool bandwidth_missing = false;     ///< of one target at least
  RestoreTime time = {};
};

/// Worked out once for each service, those that it needs first.
class RestoreTimes {
 public:
  explicit RestoreTimes(const ProofContext& context);

  [[nodiscard]] const RestoreTime& time(Index service) const { return times_[service]; }

  [[nodiscard]] OwnRestoreTime own(Index service) const;

  /// The chain of `needs` that takes longest by what is known, the given service first.
  [[nodiscard]] std::vector<Index> longest_chain(Index service) const;

  /// Services that this one needs, itself included, whose size or whose targets' bandwidth is not
  /// declared; at most so many.
  [[nodiscard]] std::vector<Index> incomplete(Index service, std::size_t most) const;

 private:
  void work_out(Index service);
  void finish(Index service);

  const ProofContext& context_;
  const Policy& policy_;
  std::vector<RestoreTime> times_;
  std::vector<char> done_;  // 0 not yet, 1 begun, 2 done
};

}  // namespace backstay::compiler
