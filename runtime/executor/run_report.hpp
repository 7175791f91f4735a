// What a run leaves: a value for the command line, JSON for the state directory and the store.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/executor/executor.hpp"

namespace backstay::runtime {

/// Rising; a run is as good as its worst required component. `Captured` is a run without a commit.
enum class RunStatus : std::uint8_t { Failed, Partial, Captured, Stored, Verified };

[[nodiscard]] std::string_view to_string(RunStatus status);
[[nodiscard]] std::string_view to_string(StepEnd end);

struct StepReport {
  std::string id;
  std::string kind;
  std::vector<std::string> components = {};
  StepEnd end = StepEnd::Skipped;
  std::chrono::milliseconds duration{0};
  std::uint64_t bytes = 0;   ///< read from sources or written to them, as the step told last
  std::string message = {};  ///< why it is not `Done`; may be empty
};

struct RunReport {
  std::string run_id = {};
  std::string what = "backup";  ///< or `restore`
  std::string policy = {};
  std::string backup = {};
  std::string host = {};
  std::string plan_digest = {};
  std::string started = {};  ///< RFC 3339, UTC
  std::string finished = {};
  RunStatus status = RunStatus::Failed;
  std::string snapshot = {};  ///< made or read; empty: none
  std::vector<StepReport> steps = {};
  std::vector<std::string> warnings = {};
  /// Why the status is no better; gives the exit code. Of a partial run: the first failure.
  std::optional<Error> failure = {};
};

/// JSON, `schema_version` 1, indented, with a final newline. Fields are added, never changed.
[[nodiscard]] std::string to_json(const RunReport& report);

}  // namespace backstay::runtime
