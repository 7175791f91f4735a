// What a run tells while it goes on: a consumer prints it, another one writes the journal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace backstay::runtime {

enum class StepState : std::uint8_t { Started, Done, Partial, Failed, Skipped };

/// `started`, `done` … as shown and as journalled.
[[nodiscard]] std::string_view to_string(StepState state);

/// Receives events from several threads, one call at a time (the executor serialises).
class Events {
 public:
  virtual ~Events() = default;
  virtual void step(std::string_view id, StepState state, std::string_view detail) = 0;
  /// Bytes read from sources or written to them so far by a step; `item` is the current file.
  virtual void progress(std::string_view id, std::uint64_t bytes, std::string_view item) = 0;

  /// How many bytes the step is expected to move in all, said before it starts: what the last run
  /// moved, or what the snapshot says. Never exact; steps that nothing is known of are not named.
  virtual void expect(std::string_view /*id*/, std::uint64_t /*bytes*/) {}

  /// Something that the operator must know though it fails nothing.
  virtual void warning(std::string_view id, std::string_view message) = 0;
};

}  // namespace backstay::runtime
