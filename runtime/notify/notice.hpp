// What is told about the end of a run, and in which words.
//
// A notice leaves the machine: it holds names of the policy and of its parts, never the name of a
// file, the message of a tool or a secret. The rest stands in `backstay logs RUN` on the machine
// itself.
#pragma once

#include <optional>
#include <string>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/executor/run_report.hpp"

namespace backstay::runtime {

/// The end of a run, of whatever kind. Texts may be empty where a run did not begin.
struct RunEnd {
  std::string what;  ///< `backup`, `copy`, `drill` or `prune`
  std::string policy;
  std::string backup = {};
  std::string drill = {};
  std::string copy = {};  ///< target of a copy with a schedule of its own
  std::string host = {};
  std::string run_id = {};
  std::string status = {};    ///< `failed`, `partial`, … `drilled`; empty: it did not begin
  std::string started = {};   ///< RFC 3339, UTC
  std::string finished = {};  ///< RFC 3339, UTC
  std::string snapshot = {};
  std::optional<ErrorKind> failure = {};  ///< none: it succeeded
  std::string target = {};                ///< of a prune
  /// Of a prune behind a run: nothing failed, a guard asks a person first.
  bool guarded = false;
};

/// The end that a report tells of. A partial run is a failure: something is not kept.
[[nodiscard]] RunEnd end_of(const RunReport& report);

/// An end, and what it is to whoever was told of the one before.
struct Notice {
  RunEnd end;
  std::string outcome;  ///< `failure`, `recovery` or `success`, as the language calls them
};

/// One line: `FAILURE: backup notes of policy quickstart on here (no space)`.
[[nodiscard]] std::string subject_of(const Notice& notice);
/// The same with a line for each known fact; ends with a newline.
[[nodiscard]] std::string text_of(const Notice& notice);
/// docs/schemas/notice.schema.json; one line. Its `text` is what chats show.
[[nodiscard]] std::string json_of(const Notice& notice);

}  // namespace backstay::runtime
