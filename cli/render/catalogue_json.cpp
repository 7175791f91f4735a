#include "cli/render/catalogue_json.hpp"

#include <nlohmann/json.hpp>

#include "cli/render/json_text.hpp"

namespace backstay::cli {
namespace {

using Json = nlohmann::ordered_json;

/// Bytes that are no UTF-8 are replaced: JSON has no others.
std::string document(const char* key, Json list) {
  Json json = {{"schema_version", 1}};
  json[key] = std::move(list);
  return json_document(json);
}

Json step_json(const runtime::CatalogueStep& step) {
  return {{"id", step.id},
          {"kind", step.kind},
          {"components", step.components},
          {"after", step.after},
          {"state", step.state},
          {"started_ms", step.started ? Json(step.started->count()) : Json()},
          {"duration_ms", step.duration.count()},
          {"bytes", step.bytes},
          {"message", step.message}};
}

Json run_json(const runtime::CatalogueRun& run) {
  Json components = Json::array();
  for (const auto& [component, status] : run.components)
    components.push_back({{"component", component}, {"status", status}});
  Json steps = Json::array();
  for (const runtime::CatalogueStep& step : run.steps)
    steps.push_back(step_json(step));
  return {{"run", run.id},
          {"known_from", to_string(run.source)},
          {"what", run.what},
          {"policy", run.policy},
          {"backup", run.backup},
          {"drill", run.drill},
          {"host", run.host},
          {"plan_digest", run.plan_digest},
          {"started", run.started},
          {"finished", run.finished},
          {"status", run.status},
          {"snapshot", run.snapshot},
          {"tool", run.tool},
          {"failure", run.failure},
          {"components", std::move(components)},
          {"steps", std::move(steps)},
          {"warnings", run.warnings}};
}

Json components_json(const runtime::CatalogueSnapshot& one) {
  Json components = Json::array();
  for (const runtime::CatalogueComponent& component : one.components) {
    components.push_back({{"component", component.name},
                          {"kind", component.kind},
                          {"missing", component.missing},
                          {"entries", component.entries},
                          {"files", component.files},
                          {"plain_bytes", component.plain_bytes},
                          {"stored_bytes", component.stored_bytes},
                          {"linked_bytes", component.linked_bytes},
                          {"server_version", component.server_version},
                          {"tool_version", component.tool_version}});
  }
  return components;
}

Json drills_json(const runtime::CatalogueSnapshot& one) {
  Json drills = Json::array();
  for (const runtime::CatalogueDrill& drill : one.drills) {
    Json services = Json::array();
    for (const auto& [service, restored] : drill.services)
      services.push_back({{"service", service}, {"restored_ms", restored.count()}});
    drills.push_back({{"run", drill.run},
                      {"drill", drill.drill},
                      {"started", drill.started},
                      {"finished", drill.finished},
                      {"drilled", drill.drilled},
                      {"failure", drill.failure},
                      {"services", std::move(services)}});
  }
  return drills;
}

Json records_json(const runtime::CatalogueSnapshot& one) {
  Json json = {{"verifications", Json::array()},
               {"receipts", Json::array()},
               {"drills", drills_json(one)},
               {"holds", Json::array()},
               {"tombstones", Json::array()}};
  for (const auto& check : one.verifications) {
    json["verifications"].push_back(
        {{"at", check.at}, {"level", check.level}, {"intact", check.intact}, {"run", check.run}});
  }
  for (const auto& receipt : one.receipts) {
    json["receipts"].push_back({{"at", receipt.at},
                                {"target", receipt.target},
                                {"to_store", receipt.to_store},
                                {"from_store", receipt.from_store},
                                {"evidence", receipt.evidence},
                                {"files", receipt.files},
                                {"total_bytes", receipt.total_bytes},
                                {"moved_bytes", receipt.moved_bytes},
                                {"run", receipt.run}});
  }
  for (const auto& hold : one.holds)
    json["holds"].push_back({{"at", hold.at}, {"because", hold.because}, {"until", hold.until}});
  for (const auto& stone : one.tombstones) {
    json["tombstones"].push_back(
        {{"at", stone.at}, {"because", stone.because}, {"decision", stone.decision}});
  }
  return json;
}

Json snapshot_json(const runtime::CatalogueSnapshot& one) {
  Json json = {{"store", one.store},
               {"id", one.id},
               {"where", to_string(one.place)},
               {"state", one.state()},
               {"manifest_known", one.known},
               {"problem", one.problem},
               {"sequence", one.sequence},
               {"policy", one.policy},
               {"backup", one.backup},
               {"host", one.host},
               {"run", one.run},
               {"tool", one.tool},
               {"started", one.started},
               {"finished", one.finished},
               {"plan_digest", one.plan_digest},
               {"previous", one.previous},
               {"sealed_with", one.sealed_with},
               {"partial", one.partial},
               {"keep_current", one.keep_current},
               {"plain_bytes", one.plain_bytes},
               {"stored_bytes", one.stored_bytes},
               {"linked_bytes", one.linked_bytes},
               {"components", components_json(one)}};
  json.update(records_json(one));
  return json;
}

}  // namespace

std::string runs_json(const std::vector<runtime::CatalogueRun>& runs) {
  Json list = Json::array();
  for (const runtime::CatalogueRun& run : runs)
    list.push_back(run_json(run));
  return document("runs", std::move(list));
}

std::string snapshots_json(const std::vector<runtime::CatalogueSnapshot>& snapshots,
                           const std::vector<runtime::CatalogueStore>& stores) {
  Json json = {{"schema_version", 1}, {"stores", Json::array()}, {"snapshots", Json::array()}};
  for (const runtime::CatalogueStore& store : stores) {
    json["stores"].push_back({{"uuid", store.uuid},
                              {"kind", store.kind},
                              {"place", store.place},
                              {"target", store.target}});
  }
  for (const runtime::CatalogueSnapshot& one : snapshots)
    json["snapshots"].push_back(snapshot_json(one));
  return json_document(json);
}

std::string calls_json(const std::vector<runtime::CatalogueAttempt>& calls) {
  Json list = Json::array();
  for (const runtime::CatalogueAttempt& call : calls) {
    list.push_back({{"at", call.at},
                    {"what", call.what},
                    {"policy", call.policy},
                    {"name", call.backup},
                    {"host", call.host},
                    {"scheduled", call.scheduled},
                    {"outcome", call.outcome},
                    {"run", call.run},
                    {"detail", call.detail}});
  }
  return document("calls", std::move(list));
}

std::string rebuilt_json(const std::string& path, const runtime::RebuildReport& report) {
  const Json json = {{"schema_version", 1},           {"path", path},
                     {"runs", report.runs},           {"snapshots", report.snapshots},
                     {"set_aside", report.set_aside}, {"not_known", report.unknown}};
  return json_document(json);
}

}  // namespace backstay::cli
