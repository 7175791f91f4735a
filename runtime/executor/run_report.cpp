#include "runtime/executor/run_report.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "lang/base/printable.hpp"

namespace backstay::runtime {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const StepReport& step) {
  Json json;
  json["id"] = step.id;
  json["kind"] = step.kind;
  json["components"] = step.components;
  json["after"] = step.after;
  json["state"] = to_string(step.end);
  json["started_ms"] = step.started ? Json(step.started->count()) : Json();
  json["duration_ms"] = step.duration.count();
  json["bytes"] = step.bytes;
  json["message"] = step.message;
  return json;
}

}  // namespace

std::string_view to_string(RunStatus status) {
  switch (status) {
    case RunStatus::Failed:
      return "failed";
    case RunStatus::Partial:
      return "partial";
    case RunStatus::Captured:
      return "captured";
    case RunStatus::Stored:
      return "stored";
    case RunStatus::Verified:
      return "verified";
    case RunStatus::Drilled:
      return "drilled";
  }
  return "";
}

std::string_view to_string(StepEnd end) {
  switch (end) {
    case StepEnd::Done:
      return "done";
    case StepEnd::Partial:
      return "partial";
    case StepEnd::Failed:
      return "failed";
    case StepEnd::Skipped:
      return "skipped";
  }
  return "";
}

RunReport without_names(RunReport report) {
  for (StepReport& step : report.steps)
    step.message.clear();
  report.warnings.clear();
  if (report.failure)
    report.failure = Error{.kind = report.failure->kind, .message = "told on the host alone"};
  return report;
}

std::map<std::string, RunStatus> component_states(const RunReport& report) {
  const auto verified = [](const StepReport& step) {
    return step.kind == "verify-snapshot" && step.end == StepEnd::Done;
  };
  RunStatus whole = report.status;
  if (report.what == "backup" && report.snapshot.empty()) {
    whole = RunStatus::Captured;
  } else if (report.what == "backup") {
    const bool looked = std::any_of(report.steps.begin(), report.steps.end(), verified);
    whole = looked ? RunStatus::Verified : RunStatus::Stored;
  } else if (whole != RunStatus::Drilled) {
    whole = RunStatus::Verified;  // each byte was compared with its hash on its way
  }
  std::map<std::string, RunStatus> states;
  for (const StepReport& step : report.steps) {
    for (const std::string& component : step.components) {
      const RunStatus state = step.end == StepEnd::Done      ? whole
                              : step.end == StepEnd::Partial ? RunStatus::Partial
                                                             : RunStatus::Failed;
      const auto [known, fresh] = states.emplace(component, state);
      known->second = fresh ? state : std::min(known->second, state);
    }
  }
  return states;
}

std::string to_json(const RunReport& report) {
  Json json;
  json["schema_version"] = 1;
  json["run"] = report.run_id;
  json["what"] = report.what;
  json["policy"] = report.policy;
  json["backup"] = report.backup;
  if (!report.drill.empty()) {
    json["drill"] = report.drill;
  }
  if (!report.copy.empty()) {
    json["copy"] = report.copy;
  }
  json["host"] = report.host;
  json["plan_digest"] = report.plan_digest;
  json["tool"] = BACKSTAY_VERSION;
  json["started"] = report.started;
  json["finished"] = report.finished;
  json["status"] = to_string(report.status);
  json["snapshot"] = report.snapshot;
  json["components"] = Json::array();
  for (const auto& [component, status] : component_states(report)) {
    json["components"].push_back({{"component", component}, {"status", to_string(status)}});
  }
  json["steps"] = Json::array();
  for (const auto& step : report.steps) {
    json["steps"].push_back(to_json(step));
  }
  json["warnings"] = report.warnings;
  json["failure"] = report.failure ? Json(to_string(*report.failure)) : Json();
  return lang::safe_json(json.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n";
}

}  // namespace backstay::runtime
