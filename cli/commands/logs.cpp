// backstay logs: the runs of this machine, or what one of them did step by step.
#include <chrono>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.hpp"
#include "cli/render/json_text.hpp"
#include "cli/render/open_restores.hpp"
#include "cli/render/table.hpp"
#include "cli/snapshot_source.hpp"
#include "lang/base/printable.hpp"
#include "lang/base/units.hpp"
#include "runtime/status/run_history.hpp"
#include "runtime/system/environment.hpp"

namespace backstay::cli {
namespace {

using Json = nlohmann::ordered_json;

struct LogsOptions {
  std::string run;
  std::string policy;
  std::string format = "text";
};

std::string runs_as_text(const std::vector<runtime::PastRun>& runs) {
  std::vector<std::vector<std::string>> rows = {
      {"RUN", "WHAT", "POLICY", "BACKUP", "HOST", "STARTED", "OUTCOME", "SNAPSHOT"}};
  for (const runtime::PastRun& run : runs) {
    rows.push_back({run.run_id, run.what, run.policy, run.backup, run.host, local_time(run.started),
                    run.begun ? run.status : "did not begin", run.snapshot});
  }
  return render_table(rows);
}

std::string runs_as_json(const std::vector<runtime::PastRun>& runs,
                         const std::vector<runtime::RecordContent>& restores) {
  Json list = Json::array();
  for (const runtime::PastRun& run : runs) {
    list.push_back({{"run", run.run_id},
                    {"what", run.what},
                    {"policy", run.policy},
                    {"backup", run.backup},
                    {"host", run.host},
                    {"started", run.started},
                    {"finished", run.finished},
                    {"status", run.status},
                    {"snapshot", run.snapshot},
                    {"failure", run.failure},
                    {"begun", run.begun}});
  }
  return json_document({{"schema_version", 1},
                        {"restores", Json::parse(open_restores_json(restores))},
                        {"runs", list}});
}

std::string step_duration(const Json& step) {
  const auto ms = step.value("duration_ms", std::int64_t{0});
  return ms < 10'000 ? fmt::format("{:.1f} s", static_cast<double>(ms) / 1000.0)
                     : to_human(Duration{ms / 1000});
}

// The report is ours, but it lies in a file: what is missing in it is shown as nothing.
std::string report_as_text(const Json& report) {
  std::string text = fmt::format(
      "{} {} of policy {}, backup {}, on {}\nstarted   {}\nfinished  {}\noutcome   {}\n",
      report.value("what", "run"), report.value("run", ""), report.value("policy", ""),
      report.value("backup", ""), report.value("host", ""), local_time(report.value("started", "")),
      local_time(report.value("finished", "")),
      report.value("begun", true) ? report.value("status", "") : "did not begin");
  if (!report.value("snapshot", "").empty())
    text += "snapshot  " + report.value("snapshot", "") + "\n";
  if (report.contains("failure") && report["failure"].is_string())
    text += "failure   " + printable(report["failure"].get<std::string>()) + "\n";
  std::vector<std::vector<std::string>> rows = {{"STEP", "STATE", "TOOK", "DATA", "WHY"}};
  for (const Json& step : report.value("steps", Json::array())) {
    const auto bytes = step.value("bytes", std::uint64_t{0});
    rows.push_back({step.value("id", ""), step.value("state", ""), step_duration(step),
                    bytes == 0 ? "" : to_human(ByteSize{bytes}), step.value("message", "")});
  }
  text += "\n" + render_table(rows);
  for (const Json& warning : report.value("warnings", Json::array()))
    text += "warning: " + printable(warning.is_string() ? warning.get<std::string>() : "") + "\n";
  return text;
}

void show_run(Session& session, const LogsOptions& options, const std::string& state) {
  runtime::RealFilesystem files;
  const auto report = runtime::read_run_report(files, state, options.run);
  if (!report) {
    session.fail(report.error());
    return;
  }
  if (options.format == "json") {
    session.print(lang::safe_json(*report));
    return;
  }
  try {
    session.print(report_as_text(Json::parse(*report)));
  } catch (const Json::exception& error) {
    session.fail({.kind = ErrorKind::BadInput,
                  .message = fmt::format("the report of run `{}` cannot be read: {}", options.run,
                                         error.what())});
  }
}

void list_runs(Session& session, const LogsOptions& options, const std::string& state) {
  runtime::RealFilesystem files;
  auto runs = runtime::read_past_runs(files, state);
  if (!runs) {
    session.fail(runs.error());
    return;
  }
  if (!options.policy.empty()) {
    std::erase_if(*runs, [&](const runtime::PastRun& run) { return run.policy != options.policy; });
  }
  const auto policies =
      options.policy.empty() ? std::vector<std::string>() : std::vector{options.policy};
  const auto restores = open_restores(state, policies);
  if (options.format == "json") {
    session.print(runs_as_json(*runs, restores));
    return;
  }
  if (!restores.empty())
    session.print(open_restores_text(restores));
  if (runs->empty()) {
    session.say("no runs on this machine");
  } else {
    session.print(runs_as_text(*runs));
  }
}

void logs(Session& session, const LogsOptions& options) {
  const std::string state =
      runtime::find_directories({.config = session.config_dir, .state = session.state_dir}).state;
  if (options.run.empty()) {
    list_runs(session, options, state);
  } else {
    show_run(session, options, state);
  }
}

}  // namespace

void add_logs(CLI::App& app, Session& session) {
  const auto options = std::make_shared<LogsOptions>();
  CLI::App* verb = app.add_subcommand("logs", "The runs of this machine, or one of them");
  verb->add_option("RUN", options->run, "latest, latest~1, an id or a prefix of one");
  verb->add_option("--policy", options->policy, "Only runs of this policy");
  verb->add_option("-f,--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  verb->footer("Examples:\n  backstay logs\n  backstay logs latest");
  verb->callback([options, &session] { logs(session, *options); });
}

}  // namespace backstay::cli
