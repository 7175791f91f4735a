#include "runtime/drill/evidence.hpp"

#include <algorithm>
#include <string_view>

#include <nlohmann/json.hpp>

#include "runtime/store/records.hpp"

namespace backstay::runtime {
namespace {

using Json = nlohmann::json;

/// The duration behind `words` in a promise such as `rto 4h`; only the strictest is kept.
void take_strictest(std::string_view promise,
                    std::string_view words,
                    std::optional<Duration>& strictest) {
  if (!promise.starts_with(words))
    return;
  const std::string_view rest = promise.substr(words.size());
  const auto duration = parse_duration(rest.substr(0, rest.find(' ')));
  if (duration && (!strictest || *duration < *strictest))
    strictest = duration;
}

Json times_json(const plan::Plan& plan, const DrillRun& run) {
  Json services = Json::array();
  for (const auto& [service, time] : run.restored) {
    const auto promise = restore_promise(plan, service);
    Json one = {{"service", service}, {"restored_ms", time.count()}};
    if (promise.rto) {
      one["promised_rto_seconds"] = promise.rto->seconds;
      one["within_rto"] = time <= std::chrono::seconds(promise.rto->seconds);
    }
    services.push_back(std::move(one));
  }
  return services;
}

Json steps_json(const RunReport& report) {
  Json steps = Json::array();
  for (const StepReport& step : report.steps) {
    steps.push_back({{"id", step.id},
                     {"state", std::string(to_string(step.end))},
                     {"duration_ms", step.duration.count()},
                     {"bytes", step.bytes},
                     {"message", step.message}});
  }
  return steps;
}

Json databases_json(const DrillRun& run, const DrillSource& source) {
  Json databases = Json::array();
  for (const DrilledDatabase& database : run.databases) {
    if (!source.rows.components.contains(database.component))
      continue;
    const auto server = run.servers.find(database.server);
    databases.push_back(
        {{"component", database.component},
         {"database", database.database},
         {"server", database.server},
         {"server_version", server == run.servers.end() ? "" : server->second.version},
         {"tables", database.tables},
         {"rows", database.rows}});
  }
  return databases;
}

Json findings_json(const DrillRun& run) {
  Json findings = Json::array();
  for (const DrillFinding& finding : run.findings)
    findings.push_back({{"step", finding.step}, {"found", finding.what}, {"met", finding.met}});
  return findings;
}

}  // namespace

RestorePromise restore_promise(const plan::Plan& plan, const std::string& service) {
  RestorePromise found;
  for (const plan::Promise& promise : plan.promises) {
    if (promise.subject != "service " + service)
      continue;
    take_strictest(promise.promise, "rto ", found.rto);
    take_strictest(promise.promise, "drill every ", found.drill_every);
  }
  return found;
}

std::string evidence_json(const plan::Plan& plan,
                          const DrillRun& run,
                          const DrillSource& source,
                          const RunReport& report,
                          const std::vector<std::string>& not_drilled) {
  const Json json = {{"schema_version", 1},
                     {"run", report.run_id},
                     {"drill", run.drill.name},
                     {"policy", report.policy},
                     {"host", report.host},
                     {"plan_digest", report.plan_digest},
                     {"snapshot",
                      {{"id", source.summary.id},
                       {"backup", source.summary.backup},
                       {"host", source.summary.host},
                       {"manifest_sha256", source.manifest_digest}}},
                     {"target", run.drill.target},
                     {"started", report.started},
                     {"finished", report.finished},
                     {"status", std::string(to_string(report.status))},
                     {"services", times_json(plan, run)},
                     {"components", source.files.components},
                     {"databases", databases_json(run, source)},
                     {"expectations", findings_json(run)},
                     {"not_drilled", not_drilled},
                     {"steps", steps_json(report)},
                     {"failure", report.failure ? Json(to_string(*report.failure)) : Json()}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<Evidence> last_evidence(Filesystem& files,
                                      const Store& store,
                                      const std::string& snapshot) {
  const auto records = read_records(files, store, snapshot, kDrillRecord);
  if (!records || records->empty())
    return std::nullopt;
  const Json json = Json::parse(records->back(), nullptr, false);
  if (!json.is_object())
    return std::nullopt;
  const auto word = [&json](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  Evidence evidence{.snapshot = snapshot,
                    .run = word("run"),
                    .drill = word("drill"),
                    .policy = word("policy"),
                    .started = word("started"),
                    .finished = word("finished"),
                    .drilled = word("status") == to_string(RunStatus::Drilled),
                    .failure = word("failure")};
  const auto services = json.find("services");
  for (const Json& service : services != json.end() ? *services : Json::array()) {
    if (service.is_object()) {
      evidence.restored[service.value("service", "")] =
          std::chrono::milliseconds(service.value("restored_ms", std::int64_t{0}));
    }
  }
  return evidence;
}

}  // namespace backstay::runtime
