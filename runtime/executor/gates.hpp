// What keeps a step from starting although nothing on its own host does: other hosts.
#pragma once

#include <cstdint>
#include <string>

#include "compiler/plan/plan.hpp"

namespace backstay::runtime {

/// Whether the hosts that a step waits for let it start.
enum class Gate : std::uint8_t {
  Open,
  Closed,  ///< not yet: they have not come to the barrier before it
  Lost,    ///< what it waits for did not end well there; an `always` step starts all the same
};

struct GateAnswer {
  Gate gate = Gate::Open;
  std::string because = {};  ///< of Lost
};

/// Asked for a step whose own host lets it start, again and again while the answer is Closed.
/// One call at a time, from any of the executor's threads. Once the run is stopped nobody is asked
/// any more.
class Gates {
 public:
  virtual ~Gates() = default;
  virtual GateAnswer ask(const plan::Step& step) = 0;

  /// Why it was they that stopped the run; empty: they did not. Thread-safe.
  [[nodiscard]] virtual std::string why_stopped() const { return {}; }

  /// Told once which steps of its host a restore does; the others keep nobody waiting.
  virtual void leave_out(const std::vector<plan::Step>& /*steps_in_scope*/) {}
};

}  // namespace backstay::runtime
