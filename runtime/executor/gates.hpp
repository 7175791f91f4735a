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
/// Called on the thread of the executor's loop. Once the run is stopped nobody is asked any more.
class Gates {
 public:
  virtual ~Gates() = default;
  virtual GateAnswer ask(const plan::Step& step) = 0;
};

}  // namespace backstay::runtime
