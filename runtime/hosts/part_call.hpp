// The caller's side of a part: begins the run, opens a barrier, waits until others may go on.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/hosts/part_files.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

enum class PartState : std::uint8_t {
  Absent,   ///< no run of it ever began here
  Waiting,  ///< it goes on, or waits at a barrier
  Ended,
  Died,  ///< killed, or the machine went down
};

[[nodiscard]] std::string_view to_string(PartState state);

struct PartCall {
  Part part;
  GateFile elsewhere;              ///< `open` and `release` are of no meaning here
  std::vector<std::string> words;  ///< the program that is begun, where a run must begin
};

/// How a part stands.
struct PartAnswer {
  PartState state = PartState::Absent;
  std::vector<std::string> done;    ///< steps that others wait for at this barrier: they ended well
  std::vector<std::string> failed;  ///< such that did not
  std::optional<PartEnd> end = {};  ///< of Ended
  std::string last_words = {};      ///< of Died: what it said until then
  bool kept = false;                ///< nothing was begun: it had ended well before
};

/// Lets the steps of a phase (from 0) start, and returns once those that others wait for have
/// ended. Begins the run where this is the host's first phase; one that ended well before is kept
/// where that is sound: not a backup that holds one instant together with other hosts. Can be
/// repeated. Errors: NotFound (a later phase of a run that is not there), Io, Interrupted.
[[nodiscard]] Result<PartAnswer> take_phase(World& world,
                                            const std::vector<plan::Step>& graph,
                                            const PartCall& call,
                                            std::size_t phase,
                                            const std::stop_token& stop);

/// Waits for the end of the run. Errors: Io, Interrupted.
[[nodiscard]] Result<PartAnswer> finish_part(World& world,
                                             const Part& part,
                                             const std::stop_token& stop);

/// Ends a run that waits: only what undoes something runs yet. Waits for its end. One that is not
/// there or has ended is no error. Errors: Io, Interrupted.
[[nodiscard]] Result<PartAnswer> release_part(World& world,
                                              const Part& part,
                                              const std::stop_token& stop);

}  // namespace backstay::runtime
