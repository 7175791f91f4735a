#include "cli/render/explain_json.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/render/json_text.hpp"
#include "compiler/calendar/occurrences.hpp"
#include "compiler/calendar/time_text.hpp"

namespace backstay::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string explained(std::string_view about, const Json& content) {
  Json json = {{"schema_version", 1}, {"about", about}};
  json.update(content);
  return json_document(json);
}

Json kind_json(const lang::DiagnosticInfo& kind) {
  return {{"code", kind.code},
          {"name", kind.name},
          {"severity", kind.severity == lang::Severity::Error ? "error" : "warning"},
          {"summary", kind.summary}};
}

Json place_json(const lang::Span& span, const lang::SourceSet& sources) {
  const lang::SourceFile& file = sources.file(span.file);
  return {{"file", file.name()}, {"line", file.locate(span.begin).line}};
}

Json rules_json(const std::vector<const compiler::RuleFact*>& rules,
                const lang::SourceSet& sources) {
  Json list = Json::array();
  for (const compiler::RuleFact* rule : rules) {
    list.push_back({{"pattern", rule->pattern.value},
                    {"because", rule->because ? rule->because->value : ""},
                    {"place", place_json(rule->span, sources)}});
  }
  return list;
}

Json holders_json(const std::vector<compiler::PathHolder>& holders,
                  const lang::SourceSet& sources) {
  Json list = Json::array();
  for (const compiler::PathHolder& holder : holders) {
    Json backups = Json::array();
    for (const compiler::Backup* backup : holder.backups) {
      backups.push_back(backup->name);
    }
    list.push_back({{"service", holder.service->name},
                    {"component", holder.component},
                    {"path", holder.path},
                    {"place", place_json(holder.span, sources)},
                    {"selected", holder.selected()},
                    {"excepts", rules_json(holder.excepts, sources)},
                    {"keeps", rules_json(holder.keeps, sources)},
                    {"backups", std::move(backups)}});
  }
  return list;
}

std::string drill_name(const compiler::FoundStep& found) {
  constexpr std::string_view kWord = "drill ";
  return found.backup == nullptr ? found.owner.substr(kWord.size()) : std::string();
}

// Which of the graphs it is in.
std::string graph_word(const compiler::FoundStep& found) {
  if (found.backup == nullptr) {
    return "drill";
  }
  return found.graph == &found.backup->restore  ? "restore"
         : found.graph == &found.backup->backup ? "backup"
                                                : "copy";
}

Json followers_json(const compiler::FoundStep& found) {
  Json ids = Json::array();
  for (const plan::Step& step : *found.graph) {
    if (std::find(step.after.begin(), step.after.end(), found.step->id) != step.after.end()) {
      ids.push_back(step.id);
    }
  }
  return ids;
}

std::string_view clock_word(compiler::LocalInstant::Kind kind) {
  switch (kind) {
    case compiler::LocalInstant::Kind::Once:
      return "";
    case compiler::LocalInstant::Kind::Skipped:
      return "skipped";
    case compiler::LocalInstant::Kind::Twice:
      return "twice";
  }
  return "";
}

Json fires_json(const std::vector<compiler::Fire>& fires, const compiler::Zone& zone) {
  Json list = Json::array();
  for (const compiler::Fire& fire : fires) {
    list.push_back({{"at", compiler::instant_text(fire.at)},
                    {"local", compiler::instant_text(fire.at, zone)},
                    {"clock", clock_word(fire.kind)}});
  }
  return list;
}

}  // namespace

std::string codes_as_json() {
  Json findings = Json::array();
  for (const lang::DiagnosticKind kind : lang::all_diagnostic_kinds()) {
    findings.push_back(kind_json(lang::info(kind)));
  }
  return explained("findings", {{"findings", std::move(findings)}});
}

std::string code_as_json(const lang::DiagnosticInfo& kind, std::string_view page) {
  Json json = kind_json(kind);
  json["page"] = page;
  return explained("finding", json);
}

std::string path_as_json(const compiler::PathVerdict& verdict, const lang::SourceSet& sources) {
  Json unprotected = Json::array();
  for (const compiler::GivenUpPath& given_up : verdict.given_up) {
    unprotected.push_back({{"service", given_up.service->name},
                           {"because", given_up.fact->because ? given_up.fact->because->value : ""},
                           {"place", place_json(given_up.fact->span, sources)}});
  }
  return explained("path", {{"path", verdict.path},
                            {"selected", verdict.selected()},
                            {"summary", compiler::summary_of(verdict)},
                            {"reserved_name", verdict.reserved_name},
                            {"holders", holders_json(verdict.holders, sources)},
                            {"below", holders_json(verdict.below, sources)},
                            {"unprotected", std::move(unprotected)}});
}

std::string steps_as_json(const std::vector<compiler::FoundStep>& steps) {
  Json list = Json::array();
  for (const compiler::FoundStep& found : steps) {
    const plan::Step& step = *found.step;
    list.push_back({{"id", step.id},
                    {"backup", found.backup == nullptr ? std::string() : found.backup->name},
                    {"drill", drill_name(found)},
                    {"graph", graph_word(found)},
                    {"host", step.host},
                    {"kind", plan::kind_of(step.action)},
                    {"what", compiler::describe(step.action)},
                    {"always", step.always},
                    {"timeout_seconds", step.timeout.seconds},
                    {"follows", step.after},
                    {"followed_by", followers_json(found)}});
  }
  return explained("steps", {{"steps", std::move(list)}});
}

Result<std::string> schedule_as_json(const compiler::Policy& policy,
                                     const compiler::Schedule& schedule,
                                     std::chrono::local_days from,
                                     const lang::SourceSet& sources) {
  // The text's own reasons to refuse are this form's, too.
  BACKSTAY_ASSIGN(const std::string text,
                  compiler::explain_schedule(policy, schedule, from, sources));
  BACKSTAY_ASSIGN(const compiler::Zone zone, compiler::Zone::find(policy.zone->value));
  const auto rule = compiler::parse_schedule_rule(schedule.rule.value);
  Json backups = Json::array();
  for (const compiler::Backup& backup : policy.backups) {
    if (backup.schedule && policy.schedules[backup.schedule->value].name == schedule.name) {
      backups.push_back(backup.name);
    }
  }
  return explained(
      "schedule",
      {{"schedule", schedule.name},
       {"rule", schedule.rule.value},
       {"zone", zone.name()},
       {"place", place_json(schedule.rule.span, sources)},
       {"window_seconds", schedule.window ? schedule.window->value.seconds : 0},
       {"jitter_seconds", schedule.jitter ? schedule.jitter->value.seconds : 0},
       {"backups", std::move(backups)},
       {"from", compiler::date_text(from)},
       {"fires", fires_json(compiler::find_fires(*rule, zone, {.begin = from}), zone)}});
}

}  // namespace backstay::cli
