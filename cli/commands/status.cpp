// backstay status: are we safe? One screen for all backups of one or more plans.
#include <chrono>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/assessment.hpp"
#include "cli/commands/commands.hpp"
#include "cli/execution.hpp"
#include "cli/output_file.hpp"
#include "cli/plan_file.hpp"
#include "cli/render/json_text.hpp"
#include "cli/render/open_restores.hpp"
#include "cli/render/status_metrics.hpp"
#include "cli/sets.hpp"
#include "cli/snapshot_source.hpp"
#include "cli/status_everywhere.hpp"
#include "lang/base/printable.hpp"

namespace backstay::cli {
namespace {

struct StatusOptions {
  std::vector<std::string> plans;
  runtime::StatusRequest request;
  std::string format = "text";
  std::string output;
  bool check = false;
  EngineWords engine;
};

void add_row(std::string& text, std::string_view name, const std::string& value) {
  text += fmt::format("  {:<13} {}\n", name, lang::printable(value, true));
}

/// What this machine ran on all hosts of one backup, newest first.
struct Sets {
  std::string policy;
  std::string backup;
  std::vector<runtime::SetRecord> sets;  ///< at least one
};

std::vector<std::string> problems_of(const std::vector<Sets>& all) {
  std::vector<std::string> problems;
  for (const Sets& one : all) {
    if (auto problem = set_problem(one.sets, one.backup); !problem.empty())
      problems.push_back(
          fmt::format("backup {} of policy {}: {}", one.backup, one.policy, problem));
  }
  return problems;
}

std::string sets_as_text(const std::vector<Sets>& all) {
  std::string text;
  for (const Sets& one : all) {
    const std::string problem = set_problem(one.sets, one.backup);
    const runtime::SetRecord& newest = one.sets.front();
    text += fmt::format("{}  sets of backup {} of policy {}, run from here\n",
                        problem.empty() ? "SAFE  " : "UNSAFE", one.backup, one.policy);
    if (!problem.empty())
      add_row(text, "PROBLEM", problem);
    add_row(text, "newest set",
            fmt::format("{}, {}, {} hosts: {}", newest.set, local_time(newest.started),
                        newest.members.size(), state_of(newest)));
    text += "\n";
  }
  return text;
}

std::string sentence_of(const std::vector<AssessedBackup>& lines,
                        const std::vector<runtime::RecordContent>& restores,
                        const std::vector<Sets>& sets) {
  const auto problems = problems_of(sets);
  if (problems.empty())
    return safety_sentence(lines, restores);
  const std::string of_sets = fmt::format("Not safe: {}.", fmt::join(problems, "; "));
  return all_safe(lines, restores) ? of_sets : safety_sentence(lines, restores) + "\n" + of_sets;
}

std::string as_text(const std::vector<AssessedBackup>& lines,
                    const std::vector<runtime::RecordContent>& restores,
                    const std::vector<Sets>& sets) {
  std::string text;
  for (const AssessedBackup& line : lines) {
    const runtime::BackupStatus& status = line.status;
    text += fmt::format("{}  backup {} of policy {} on {}\n", status.safe() ? "SAFE  " : "UNSAFE",
                        status.backup, line.policy, status.host);
    for (const std::string& problem : status.problems)
      add_row(text, "PROBLEM", problem);
    for (const auto& [name, value] : facts_of(line))
      add_row(text, name, value);
    text += "\n";
  }
  return text + sets_as_text(sets) + printable(sentence_of(lines, restores, sets)) + "\n";
}

nlohmann::ordered_json run_json(const std::optional<runtime::PastRun>& run) {
  if (!run)
    return nullptr;
  return {{"run", run->run_id},        {"status", run->status},     {"started", run->started},
          {"finished", run->finished}, {"snapshot", run->snapshot}, {"failure", run->failure},
          {"begun", run->begun}};
}

nlohmann::ordered_json evidence_json(const std::optional<runtime::Evidence>& evidence) {
  if (!evidence)
    return nullptr;
  return {{"snapshot", evidence->snapshot},
          {"drill", evidence->drill},
          {"run", evidence->run},
          {"at", evidence->finished}};
}

nlohmann::ordered_json drill_json(const AssessedBackup& line) {
  const runtime::DrillStatus& drills = line.status.drills;
  nlohmann::ordered_json services = nlohmann::ordered_json::array();
  for (const runtime::ProvenRestore& service : drills.services) {
    nlohmann::ordered_json one = {{"service", service.service},
                                  {"at", service.at},
                                  {"restored_ms", nullptr},
                                  {"promised_rto_seconds", nullptr},
                                  {"promised_drill_every_seconds", nullptr}};
    if (!service.at.empty())
      one["restored_ms"] = service.took.count();
    if (service.promised_rto)
      one["promised_rto_seconds"] = service.promised_rto->seconds;
    if (service.promised_every)
      one["promised_drill_every_seconds"] = service.promised_every->seconds;
    services.push_back(std::move(one));
  }
  return {{"proven", evidence_json(drills.proven)},
          {"failed", evidence_json(drills.failed)},
          {"failure", drills.failed ? drills.failed->failure : ""},
          {"next", line.next_drill.at},
          {"services", std::move(services)}};
}

nlohmann::ordered_json copies_json(const runtime::BackupStatus& status) {
  nlohmann::ordered_json copies = nlohmann::ordered_json::array();
  for (const runtime::CopyStatus& copy : status.copies) {
    copies.push_back({{"target", copy.target},
                      {"points", copy.points},
                      {"newest", copy.newest ? copy.newest->id : ""},
                      {"unknown", copy.unknown},
                      {"not_intact", copy.not_intact}});
  }
  return copies;
}

nlohmann::ordered_json line_json(const AssessedBackup& line) {
  const runtime::BackupStatus& status = line.status;
  nlohmann::ordered_json json = {{"policy", line.policy},
                                 {"backup", status.backup},
                                 {"host", status.host},
                                 {"target", status.target},
                                 {"place", status.place},
                                 {"safe", status.safe()},
                                 {"problems", status.problems},
                                 {"newest", nullptr},
                                 {"oldest", status.oldest},
                                 {"points", status.points},
                                 {"partial", status.partial},
                                 {"damaged", status.damaged},
                                 {"not_intact", status.not_intact},
                                 {"age_seconds", status.age.seconds},
                                 {"promised_rpo_seconds", nullptr},
                                 {"next_run", line.next.at},
                                 {"last_run", run_json(status.last_run)},
                                 {"last_restore", run_json(status.last_restore)},
                                 {"copies", copies_json(status)},
                                 {"approved", line.approval.refused ? "" : line.approval.text},
                                 {"drill", drill_json(line)}};
  if (status.newest) {
    json["newest"] = {{"id", status.newest->id},
                      {"started", status.newest->started},
                      {"state", status.newest_state()}};
    if (status.proof) {
      json["newest"]["verified"] = {{"level", status.proof->level},
                                    {"intact", status.proof->intact},
                                    {"at", status.proof->at}};
    }
  }
  if (status.promised)
    json["promised_rpo_seconds"] = status.promised->seconds;
  return json;
}

nlohmann::ordered_json sets_as_json(const std::vector<Sets>& sets) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Sets& one : sets)
    list.push_back(
        {{"policy", one.policy},
         {"backup", one.backup},
         {"problem", set_problem(one.sets, one.backup)},
         {"newest", nlohmann::ordered_json::parse(sets_json({one.sets.front()})).front()}});
  return list;
}

std::string as_json(const std::vector<AssessedBackup>& lines,
                    const std::vector<runtime::RecordContent>& restores,
                    const std::vector<Sets>& sets) {
  nlohmann::ordered_json document = {
      {"schema_version", 1},
      {"restores", nlohmann::ordered_json::parse(open_restores_json(restores))},
      {"backups", nlohmann::ordered_json::array()}};
  for (const AssessedBackup& line : lines)
    document["backups"].push_back(line_json(line));
  document["sets"] = sets_as_json(sets);
  return json_document(document);
}

/// One plan on all of its hosts, and what this machine ran on them.
void status_everywhere(Session& session, const StatusOptions& options, Execution& execution) {
  if (options.plans.size() != 1 || !options.request.host.empty() ||
      options.format == "prometheus") {
    session.fail(ExitCode::Usage,
                 "--engine asks the hosts of one plan, as text or json; --only names single ones");
    return;
  }
  const auto file = read_plan_file(options.plans.front());
  auto states =
      file ? ask_everywhere(session, execution, *file, options.engine, options.request.backup)
           : Result<std::vector<HostState>>(file.error());
  if (!states) {
    execution.fail(states.error());
    return;
  }
  std::vector<Sets> sets;
  for (const plan::Backup& backup : file->plan.backups) {
    const bool meant = options.request.backup.empty() || options.request.backup == backup.name;
    auto ran = meant ? sets_of(execution.world(), file->plan, backup.name)
                     : std::vector<runtime::SetRecord>();
    if (!ran.empty())
      sets.push_back({file->plan.policy, backup.name, std::move(ran)});
  }
  const bool safe = std::all_of(states->begin(), states->end(),
                                [](const HostState& state) { return state.safe(); }) &&
                    problems_of(sets).empty();
  if (options.format == "json") {
    const nlohmann::ordered_json document = {
        {"schema_version", 1},
        {"policy", file->plan.policy},
        {"safe", safe},
        {"hosts", nlohmann::ordered_json::parse(states_json(*states))},
        {"sets", sets_as_json(sets)}};
    session.print(json_document(document));
  } else {
    session.print(states_text(*states) + sets_as_text(sets) + states_sentence(*states) + "\n");
  }
  const auto answered = std::count_if(states->begin(), states->end(),
                                      [](const HostState& state) { return state.answered; });
  if (options.check && !safe) {
    session.exit_code = ExitCode::ObjectiveViolated;
  } else if (static_cast<std::size_t>(answered) < states->size()) {
    session.exit_code = answered == 0 ? ExitCode::RunFailed : ExitCode::Partial;
  }
}

std::string metrics_of(const std::vector<AssessedBackup>& lines) {
  std::vector<MetricsLine> metrics;
  for (const AssessedBackup& line : lines)
    metrics.push_back({line.policy, line.status, line.next.at});
  return as_metrics(metrics, std::chrono::system_clock::now());
}

Result<void> add_plan(const std::string& path,
                      const StatusOptions& options,
                      const Session& session,
                      runtime::World& world,
                      std::vector<AssessedBackup>& lines,
                      std::vector<Sets>& sets) {
  BACKSTAY_ASSIGN(const PlanFile file, read_plan_file(path));
  for (const plan::Backup& backup : file.plan.backups) {
    const bool meant = options.request.host.empty() &&
                       (options.request.backup.empty() || options.request.backup == backup.name);
    auto ran = meant ? sets_of(world, file.plan, backup.name) : std::vector<runtime::SetRecord>();
    if (!ran.empty())
      sets.push_back({file.plan.policy, backup.name, std::move(ran)});
  }
  return assess_plan(file.plan, options.request, session, std::chrono::system_clock::now(), lines);
}

void status(Session& session, const StatusOptions& options) {
  const auto directories =
      runtime::find_directories({.config = session.config_dir, .state = session.state_dir});
  Execution execution(session, OutputFormat::Text);
  if (!options.engine.engine.empty()) {
    status_everywhere(session, options, execution);
    return;
  }
  std::vector<AssessedBackup> lines;
  std::vector<Sets> sets;
  for (const std::string& path : options.plans) {
    const auto added = add_plan(path, options, session, execution.world(), lines, sets);
    if (!added) {
      session.fail(added.error());
      return;
    }
  }
  std::vector<std::string> policies;
  for (const AssessedBackup& line : lines)
    policies.push_back(line.policy);
  const auto restores = open_restores(directories.state, policies);
  const std::string text = options.format == "json" ? as_json(lines, restores, sets)
                           : options.format == "prometheus"
                               ? metrics_of(lines)
                               : open_restores_text(restores) + as_text(lines, restores, sets);
  if (options.output.empty()) {
    session.print(text);
  } else if (const auto written = write_output_file(options.output, text); !written) {
    session.fail(written.error());
    return;
  }
  const bool safe = all_safe(lines, restores) && problems_of(sets).empty();
  if (options.check && !safe)
    session.exit_code = ExitCode::ObjectiveViolated;
}

}  // namespace

void add_status(CLI::App& app, Session& session) {
  const auto options = std::make_shared<StatusOptions>();
  CLI::App* verb = app.add_subcommand("status", "Are we safe? Points, promises and runs of plans");
  verb->add_option("PLAN", options->plans, "Plan files")->required();
  verb->add_option("--backup", options->request.backup, "Only this backup");
  verb->add_option("--host", options->request.host, "Only this host");
  verb->add_flag("--check", options->check, "Exit 6 where something is not safe");
  verb->add_option("-f,--format", options->format, "text, json or prometheus")
      ->check(CLI::IsMember({"text", "json", "prometheus"}));
  verb->add_option("-o,--output", options->output, "A file, written aside and renamed");
  add_schedule_engine_options(*verb, options->engine);
  verb->footer(
      "Examples:\n  backstay status /etc/backstay/*.plan.yaml\n"
      "  backstay status controller.plan.yaml --check -f json\n"
      "  backstay status /etc/backstay/*.plan.yaml -f prometheus -o "
      "/var/lib/prometheus/node-exporter/backstay.prom");
  verb->callback([options, &session] { status(session, *options); });
}

}  // namespace backstay::cli
