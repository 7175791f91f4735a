// What `run` and `restore` share: the borders, the events, and how an outcome is shown.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include <CLI/App.hpp>

#include "cli/session.hpp"
#include "runtime/executor/events.hpp"
#include "runtime/executor/run.hpp"
#include "runtime/executor/run_report.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::cli {

/// How progress and outcome are printed.
enum class OutputFormat : std::uint8_t { Text, Json, Jsonl };

/// Adds `-f,--format text|json|jsonl`.
void add_output_format(CLI::App& verb, OutputFormat& format);

/// One execution: real borders, events as asked for, a stop token for signals.
class Execution {
 public:
  Execution(Session& session, OutputFormat format);
  ~Execution();
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  [[nodiscard]] runtime::World& world();
  [[nodiscard]] runtime::Events& events();
  [[nodiscard]] std::stop_token stop() const;

  /// A field of all that goes to the journal of systemd from now on.
  void name(const std::string& field, const std::string& value);

  /// Shows a dry run; sets the exit code: 0 when the real run could start, else the refusal's or 1.
  void show(const runtime::PreviewReport& preview);
  /// Shows the outcome; sets the exit code.
  void show(const runtime::RunReport& report);
  /// Of what did not come to an outcome; one entry of the journal, too.
  void fail(const Error& error);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace backstay::cli
