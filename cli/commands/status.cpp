// backstay status: are we safe? One screen for all backups of one or more plans.
#include <algorithm>
#include <chrono>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/approval_gate.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output_file.hpp"
#include "cli/plan_file.hpp"
#include "cli/render/next_run.hpp"
#include "cli/render/open_restores.hpp"
#include "cli/render/status_metrics.hpp"
#include "cli/snapshot_source.hpp"
#include "lang/base/printable.hpp"
#include "lang/base/units.hpp"
#include "runtime/status/backup_status.hpp"

namespace backstay::cli {
namespace {

struct Options {
  std::vector<std::string> plans;
  runtime::StatusRequest request;
  std::string format = "text";
  std::string output;
  bool check = false;
};

/// A backup with what its plan says of it.
struct Line {
  std::string policy;
  runtime::BackupStatus status;
  NextRun next;
  NextRun next_drill;  ///< of the drill that comes first; without text: none restores it
  ApprovalState approval = {};
};

std::string newest_text(const runtime::BackupStatus& status) {
  if (!status.newest)
    return "none";
  std::string text = local_time(status.newest->started);
  if (status.proof && !status.proof->intact) {
    text += fmt::format(", NOT INTACT at level {}", status.proof->level);
  } else if (status.newest_state() == "verified") {
    text += fmt::format(", verified at level {}", status.proof->level);
  } else {
    text += ", " + status.newest_state();
  }
  if (status.newest->seal.seals())
    text += ", sealed with key " + status.newest->seal.name;
  return text + ", " + status.newest->id;
}

std::string loss_text(const runtime::BackupStatus& status) {
  const std::string promised =
      status.promised ? fmt::format("`rpo {}` is promised", to_string(*status.promised))
                      : "no `rpo` is promised";
  if (!status.newest)
    return "everything; " + promised;
  return fmt::format("what changed in {}; {}", to_human(status.age), promised);
}

std::string points_text(const runtime::BackupStatus& status) {
  std::string text = fmt::format("{} complete", status.points);
  if (!status.oldest.empty())
    text += ", oldest " + local_time(status.oldest);
  if (status.partial > 0)
    text += fmt::format("; {} partial", status.partial);
  return text + fmt::format("; in target {}, {}", status.target, status.place);
}

std::string copy_text(const runtime::CopyStatus& copy, const runtime::BackupStatus& status) {
  if (!copy.unknown.empty())
    return fmt::format("{}: {}", copy.target, copy.unknown);
  if (!copy.newest)
    return fmt::format("{}: none", copy.target);
  const bool same = status.newest && status.newest->id == copy.newest->id;
  return fmt::format("{}: {} complete, the newest {}", copy.target, copy.points,
                     same ? "with them" : "from " + local_time(copy.newest->started));
}

std::string seconds_text(std::chrono::milliseconds time) {
  return time < std::chrono::minutes(1)
             ? fmt::format("{:.1f} s", static_cast<double>(time.count()) / 1000)
             : to_human(Duration{std::chrono::duration_cast<std::chrono::seconds>(time).count()});
}

/// When a restore was proven, of what, and how long the slowest service took.
std::string drill_text(const runtime::DrillStatus& drills) {
  if (!drills.proven)
    return drills.failed ? "failed, " + local_time(drills.failed->finished) : "never drilled";
  std::string text = fmt::format("{}, drill {} of {}", local_time(drills.proven->finished),
                                 drills.proven->drill, drills.proven->snapshot);
  if (const auto* slowest = drills.slowest()) {
    text += fmt::format("; {} was back after {}", slowest->service, seconds_text(slowest->took));
    text += slowest->promised_rto
                ? fmt::format(", `rto {}` is promised", to_string(*slowest->promised_rto))
                : ", no `rto` is promised";
  }
  return text;
}

std::string run_text(const std::optional<runtime::PastRun>& run) {
  return run ? fmt::format("{}, {}", run->status, local_time(run->finished))
             : "none on this machine";
}

void add_row(std::string& text, std::string_view name, const std::string& value) {
  text += fmt::format("  {:<13} {}\n", name, printable(value));
}

std::string as_text(const std::vector<Line>& lines) {
  std::string text;
  std::size_t unsafe = 0;
  for (const Line& line : lines) {
    const runtime::BackupStatus& status = line.status;
    unsafe += status.safe() ? 0 : 1;
    text += fmt::format("{}  backup {} of policy {} on {}\n", status.safe() ? "SAFE  " : "UNSAFE",
                        status.backup, line.policy, status.host);
    for (const std::string& problem : status.problems)
      add_row(text, "PROBLEM", problem);
    add_row(text, "newest point", newest_text(status));
    add_row(text, "a loss costs", loss_text(status));
    add_row(text, "points", points_text(status));
    for (const runtime::CopyStatus& copy : status.copies)
      add_row(text, "copy", copy_text(copy, status));
    add_row(text, "last drill", drill_text(status.drills));
    if (!line.next_drill.text.empty())
      add_row(text, "next drill", line.next_drill.text);
    if (line.approval.asked && !line.approval.refused)
      add_row(text, "approved", line.approval.text);
    add_row(text, "last run", run_text(status.last_run));
    add_row(text, "next run", line.next.text);
    add_row(text, "last restore", run_text(status.last_restore));
    text += "\n";
  }
  return text + (unsafe == 0 ? std::string("Everything is safe.\n")
                             : fmt::format("{} of {} not safe.\n", unsafe, lines.size()));
}

nlohmann::ordered_json run_json(const std::optional<runtime::PastRun>& run) {
  if (!run)
    return nullptr;
  return {{"run", run->run_id},        {"status", run->status},     {"started", run->started},
          {"finished", run->finished}, {"snapshot", run->snapshot}, {"failure", run->failure}};
}

nlohmann::ordered_json evidence_json(const std::optional<runtime::Evidence>& evidence) {
  if (!evidence)
    return nullptr;
  return {{"snapshot", evidence->snapshot},
          {"drill", evidence->drill},
          {"run", evidence->run},
          {"at", evidence->finished}};
}

nlohmann::ordered_json drill_json(const Line& line) {
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
                      {"unknown", copy.unknown}});
  }
  return copies;
}

nlohmann::ordered_json line_json(const Line& line) {
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

std::string as_json(const std::vector<Line>& lines,
                    const std::vector<runtime::RecordContent>& restores) {
  nlohmann::ordered_json document = {
      {"schema_version", 1},
      {"restores", nlohmann::ordered_json::parse(open_restores_json(restores))},
      {"backups", nlohmann::ordered_json::array()}};
  for (const Line& line : lines)
    document["backups"].push_back(line_json(line));
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string metrics_of(const std::vector<Line>& lines) {
  std::vector<MetricsLine> metrics;
  for (const Line& line : lines)
    metrics.push_back({line.policy, line.status, line.next.at});
  return as_metrics(metrics, std::chrono::system_clock::now());
}

Result<void> add_plan(const std::string& path,
                      const Options& options,
                      const Session& session,
                      std::vector<Line>& lines) {
  const auto directories =
      runtime::find_directories({.config = session.config_dir, .state = session.state_dir});
  runtime::RealFilesystem files;
  const auto now = std::chrono::system_clock::now();
  BACKSTAY_ASSIGN(const PlanFile file, read_plan_file(path));
  BACKSTAY_ASSIGN(auto statuses,
                  runtime::assess_backups(files, directories, file.plan, options.request, now));
  for (runtime::BackupStatus& status : statuses) {
    NextRun next = next_run(file.plan, status.backup, now);
    NextRun next_drill = next_drill_of(file.plan, status.backup, now);
    ApprovalState approval = approval_state(session, file.plan, status.host);
    if (approval.refused)
      status.problems.push_back("no run begins: " + approval.text);
    lines.push_back({file.plan.policy, std::move(status), std::move(next), std::move(next_drill),
                     std::move(approval)});
  }
  return {};
}

void status(Session& session, const Options& options) {
  const auto directories =
      runtime::find_directories({.config = session.config_dir, .state = session.state_dir});
  std::vector<Line> lines;
  for (const std::string& path : options.plans) {
    const auto added = add_plan(path, options, session, lines);
    if (!added) {
      session.fail(added.error());
      return;
    }
  }
  std::vector<std::string> policies;
  for (const Line& line : lines)
    policies.push_back(line.policy);
  const auto restores = open_restores(directories.state, policies);
  const std::string text = options.format == "json" ? as_json(lines, restores)
                           : options.format == "prometheus"
                               ? metrics_of(lines)
                               : open_restores_text(restores) + as_text(lines);
  if (options.output.empty()) {
    session.print(text);
  } else if (const auto written = write_output_file(options.output, text); !written) {
    session.fail(written.error());
    return;
  }
  const bool safe = std::all_of(lines.begin(), lines.end(),
                                [](const Line& line) { return line.status.safe(); }) &&
                    std::none_of(restores.begin(), restores.end(), is_incomplete);
  if (options.check && !safe)
    session.exit_code = ExitCode::ObjectiveViolated;
}

}  // namespace

void add_status(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("status", "Are we safe? Points, promises and runs of plans");
  verb->add_option("PLAN", options->plans, "Plan files")->required();
  verb->add_option("--backup", options->request.backup, "Only this backup");
  verb->add_option("--host", options->request.host, "Only this host");
  verb->add_flag("--check", options->check, "Exit 6 where something is not safe");
  verb->add_option("-f,--format", options->format, "text, json or prometheus")
      ->check(CLI::IsMember({"text", "json", "prometheus"}));
  verb->add_option("-o,--output", options->output, "A file, written aside and renamed");
  verb->footer(
      "Examples:\n  backstay status /etc/backstay/*.plan.yaml\n"
      "  backstay status controller.plan.yaml --check -f json\n"
      "  backstay status /etc/backstay/*.plan.yaml -f prometheus -o "
      "/var/lib/prometheus/node-exporter/backstay.prom");
  verb->callback([options, &session] { status(session, *options); });
}

}  // namespace backstay::cli
