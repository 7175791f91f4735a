#include "runtime/catalogue/report_rows.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace backstay::runtime {
namespace {

using Json = nlohmann::json;

/// Null for what is no object. Nothing here throws: a record may hold anything.
Json object(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_object() ? json : Json();
}

Json member(const Json& json, const char* key) {
  return json.is_object() ? json.value(key, Json()) : Json();
}

std::string word(const Json& json, const char* key) {
  const Json value = member(json, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::uint64_t amount(const Json& json, const char* key) {
  const Json value = member(json, key);
  return value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
}

std::chrono::milliseconds duration(const Json& json, const char* key) {
  const Json value = member(json, key);
  return std::chrono::milliseconds(value.is_number_integer() ? value.get<std::int64_t>() : 0);
}

std::vector<std::string> words(const Json& json, const char* key) {
  std::vector<std::string> all;
  for (const Json& one : member(json, key)) {
    if (one.is_string())
      all.push_back(one.get<std::string>());
  }
  return all;
}

CatalogueStep step_of(const Json& json) {
  CatalogueStep step{.id = word(json, "id"),
                     .kind = word(json, "kind"),
                     .state = word(json, "state"),
                     .components = words(json, "components"),
                     .after = words(json, "after"),
                     .duration = duration(json, "duration_ms"),
                     .bytes = amount(json, "bytes"),
                     .message = word(json, "message")};
  if (member(json, "started_ms").is_number_integer())
    step.started = duration(json, "started_ms");
  return step;
}

std::vector<CatalogueStep> steps_of(const Json& json) {
  std::vector<CatalogueStep> steps;
  for (const Json& step : member(json, "steps")) {
    if (step.is_object())
      steps.push_back(step_of(step));
  }
  return steps;
}

}  // namespace

std::optional<CatalogueRun> run_of_report(const std::string& json, RunSource source) {
  const Json report = object(json);
  if (word(report, "run").empty())
    return std::nullopt;
  CatalogueRun run{.id = word(report, "run"),
                   .source = source,
                   .what = word(report, "what"),
                   .policy = word(report, "policy"),
                   .backup = word(report, "backup"),
                   .drill = word(report, "drill"),
                   .host = word(report, "host"),
                   .plan_digest = word(report, "plan_digest"),
                   .started = word(report, "started"),
                   .finished = word(report, "finished"),
                   .status = word(report, "status"),
                   .snapshot = word(report, "snapshot"),
                   .failure = word(report, "failure"),
                   .tool = word(report, "tool"),
                   .steps = steps_of(report),
                   .warnings = words(report, "warnings")};
  for (const Json& one : member(report, "components")) {
    if (!word(one, "component").empty())
      run.components.emplace_back(word(one, "component"), word(one, "status"));
  }
  std::sort(run.components.begin(), run.components.end());
  return run;
}

std::optional<CatalogueDrill> drill_of_evidence(const std::string& json) {
  const Json evidence = object(json);
  if (evidence.is_null())
    return std::nullopt;
  CatalogueDrill drill{.run = word(evidence, "run"),
                       .drill = word(evidence, "drill"),
                       .policy = word(evidence, "policy"),
                       .started = word(evidence, "started"),
                       .finished = word(evidence, "finished"),
                       .drilled = word(evidence, "status") == "drilled",
                       .failure = word(evidence, "failure")};
  for (const Json& service : member(evidence, "services")) {
    if (!word(service, "service").empty())
      drill.services.emplace_back(word(service, "service"), duration(service, "restored_ms"));
  }
  std::sort(drill.services.begin(), drill.services.end());
  return drill;
}

std::optional<CatalogueRun> run_of_evidence(const std::string& json) {
  const Json evidence = object(json);
  if (word(evidence, "run").empty())
    return std::nullopt;
  const Json snapshot = member(evidence, "snapshot");
  return CatalogueRun{.id = word(evidence, "run"),
                      .source = RunSource::Evidence,
                      .what = "drill",
                      .policy = word(evidence, "policy"),
                      .backup = word(snapshot, "backup"),
                      .drill = word(evidence, "drill"),
                      .host = word(evidence, "host"),
                      .plan_digest = word(evidence, "plan_digest"),
                      .started = word(evidence, "started"),
                      .finished = word(evidence, "finished"),
                      .status = word(evidence, "status"),
                      .snapshot = word(snapshot, "id"),
                      .failure = word(evidence, "failure"),
                      .steps = steps_of(evidence)};
}

std::optional<CatalogueVerification> verification_of(const std::string& json) {
  const Json record = object(json);
  if (record.is_null())
    return std::nullopt;
  const Json intact = member(record, "intact");
  return CatalogueVerification{
      .at = word(record, "at"),
      .level = static_cast<int>(std::min<std::uint64_t>(amount(record, "level"), 9)),
      .intact = intact.is_boolean() && intact.get<bool>(),
      .run = word(record, "run")};
}

std::optional<CatalogueReceipt> receipt_of(const std::string& json) {
  const Json record = object(json);
  const bool here = !word(record, "from-store").empty();
  if (!here && word(record, "to-store").empty())
    return std::nullopt;
  const std::uint64_t copied = amount(record, "copied-bytes");
  return CatalogueReceipt{
      .at = word(record, "at"),
      .target = word(record, "target"),
      .to_store = word(record, "to-store"),
      .from_store = word(record, "from-store"),
      .evidence = here ? "read back" : word(record, "evidence"),
      .files = amount(record, "files"),
      .total_bytes = here ? copied + amount(record, "linked-bytes") : amount(record, "total-bytes"),
      .moved_bytes = here ? copied : amount(record, "moved-bytes"),
      .run = word(record, "run")};
}

std::optional<CatalogueHold> hold_of(const std::string& json) {
  const Json record = object(json);
  if (record.is_null())
    return std::nullopt;
  return CatalogueHold{
      .at = word(record, "at"), .because = word(record, "because"), .until = word(record, "until")};
}

std::optional<CatalogueTombstone> tombstone_of(const std::string& json) {
  const Json record = object(json);
  if (record.is_null())
    return std::nullopt;
  return CatalogueTombstone{.at = word(record, "at"),
                            .because = words(record, "because"),
                            .decision = word(record, "decision")};
}

std::optional<BuriedSnapshot> buried_of(const std::string& tombstone) {
  const Json record = object(tombstone);
  if (record.is_null())
    return std::nullopt;
  return BuriedSnapshot{.policy = word(record, "policy"),
                        .backup = word(record, "backup"),
                        .host = word(record, "host")};
}

VersionFacts versions_of_facts(const std::string& facts) {
  const Json json = object(facts);
  VersionFacts versions{.server = word(json, "server-version"), .tool = word(json, "tool-version")};
  if (versions.tool.empty() && !word(json, "library").empty())
    versions.tool = "SQLite " + word(json, "library");
  return versions;
}

}  // namespace backstay::runtime
