// What a run leaves: a value for the command line, JSON for the state directory and the store.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/executor/executor.hpp"

namespace backstay::runtime {

/// Rising; a run is as good as its worst required component. `Captured` is a run without a commit,
/// `Drilled` a snapshot that was restored and looked at.
enum class RunStatus : std::uint8_t { Failed, Partial, Captured, Stored, Verified, Drilled };

[[nodiscard]] std::string_view to_string(RunStatus status);
[[nodiscard]] std::string_view to_string(StepEnd end);

struct StepReport {
  std::string id;
  std::string kind;
  std::vector<std::string> components = {};
  std::vector<std::string> after = {};  ///< ids of the steps that it waited for
  StepEnd end = StepEnd::Skipped;
  std::chrono::milliseconds duration{0};
  std::uint64_t bytes = 0;   ///< read from sources or written to them, as the step told last
  std::string message = {};  ///< why it is not `Done`; may be empty
  /// Since the first step could start; nothing where it never did.
  std::optional<std::chrono::milliseconds> started = {};
};

struct RunReport {
  std::string run_id = {};
  std::string what = "backup";  ///< or `restore`, `drill`, `copy`
  std::string policy = {};
  std::string backup = {};
  std::string drill = {};  ///< name of it; empty: none
  std::string copy = {};   ///< target of a copy with a schedule of its own; empty: none
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

/// The same without what may name files of the source: warnings and reasons.
[[nodiscard]] RunReport without_names(RunReport report);

/// How far each component came that a step captured or restored: no further than the run, and
/// `Failed` where its step did not end well.
[[nodiscard]] std::map<std::string, RunStatus> component_states(const RunReport& report);

/// JSON, `schema_version` 1, indented, with a final newline. Fields are added, never changed.
[[nodiscard]] std::string to_json(const RunReport& report);

}  // namespace backstay::runtime
