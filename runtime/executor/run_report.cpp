#include "runtime/executor/run_report.hpp"

#include <nlohmann/json.hpp>

namespace backstay::runtime {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const StepReport& step) {
  Json json;
  json["id"] = step.id;
  json["kind"] = step.kind;
  json["components"] = step.components;
  json["state"] = to_string(step.end);
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

std::string to_json(const RunReport& report) {
  Json json;
  json["schema_version"] = 1;
  json["run"] = report.run_id;
  json["what"] = report.what;
  json["policy"] = report.policy;
  json["backup"] = report.backup;
  json["host"] = report.host;
  json["plan_digest"] = report.plan_digest;
  json["started"] = report.started;
  json["finished"] = report.finished;
  json["status"] = to_string(report.status);
  json["snapshot"] = report.snapshot;
  json["steps"] = Json::array();
  for (const auto& step : report.steps) {
    json["steps"].push_back(to_json(step));
  }
  json["warnings"] = report.warnings;
  json["failure"] = report.failure ? Json(to_string(*report.failure)) : Json();
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace backstay::runtime
