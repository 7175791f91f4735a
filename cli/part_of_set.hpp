// --set, --phase and their kin: one host's part in what several hosts do together.
//
// A call of one phase begins a run that outlives it, or finds it, opens the barrier and returns
// when the others may go on. The run is the same verb with --as-part, in a session of its own.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "cli/execution.hpp"
#include "cli/session.hpp"
#include "compiler/plan/plan.hpp"
#include "runtime/executor/event_hub.hpp"
#include "runtime/hosts/part_gates.hpp"

namespace backstay::cli {

class RunningPart;

struct PartWords {
  std::string set;           ///< empty: this host alone
  std::size_t phase = 0;     ///< from 1; 0: not a phase
  std::string elsewhere;     ///< file with what other hosts did, `-`: stdin
  std::string longest_wait;  ///< a duration
  bool finish = false;
  bool release = false;
  std::string together;  ///< file with the hosts that have a point of the set, `-`: stdin
  std::string as_part;   ///< directory of the part that this process is the run of

  /// The run itself: it must be seen to live until its exit code is noted.
  std::shared_ptr<RunningPart> running = {};

  /// A call about a run, and no run itself.
  [[nodiscard]] bool is_call() const { return phase > 0 || finish || release || !together.empty(); }
};

void add_part_options(CLI::App& verb, PartWords& words);

/// What the verb is about to do, and with what graph.
struct PartPlan {
  runtime::Part part;
  const std::vector<plan::Step>& graph;  ///< of all hosts
  Duration deadline;                     ///< of the backup; 0: none
};

/// Carries out a call and prints how the part stands. Errors: Usage, NotFound, Io, Interrupted.
[[nodiscard]] Result<void> answer_part_call(Session& session,
                                            Execution& execution,
                                            const PartWords& words,
                                            const PartPlan& plan,
                                            OutputFormat format);

/// Of a run, when all parts have ended: says which hosts that held still with this one have no
/// point of the set, and keeps it. Errors: BadInput, NotFound, Io.
[[nodiscard]] Result<void> answer_together(Session& session,
                                           Execution& execution,
                                           const PartWords& words,
                                           const PartPlan& part,
                                           const plan::Target& target);

/// What a run of a set that ended well on this host printed; empty: it has to be done.
[[nodiscard]] std::string done_before(Execution& execution,
                                      const PartWords& words,
                                      const runtime::Part& part);

/// Keeps what a run of a set without phases printed, so that it is not done twice. Errors: Io.
[[nodiscard]] Result<void> keep_part(Execution& execution,
                                     const runtime::Part& part,
                                     const std::string& report,
                                     ExitCode code);

/// The run behind a part, while it lives.
class RunningPart {
 public:
  /// Sets `words.running` where the words ask for it. Errors: Usage, Busy, Io.
  [[nodiscard]] static Result<void> begin(Execution& execution,
                                          PartWords& words,
                                          const PartPlan& plan);

  [[nodiscard]] runtime::Gates& gates() { return gates_; }

  /// What it is told goes on to the execution's own events.
  [[nodiscard]] runtime::Events& events() { return events_; }

  [[nodiscard]] std::stop_token stop() const { return gates_.stop(); }

 private:
  RunningPart(Execution& execution, const PartPlan& plan, runtime::PartOptions options);

  runtime::PartGates gates_;
  runtime::EventHub events_;
};

/// The last thing that the run behind a part does.
void note_part_end(Execution& execution, PartWords& words, ExitCode code);

}  // namespace backstay::cli
