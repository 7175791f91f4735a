// backstay simulate: when backups run and which points are left, without waiting for it.
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/commands/commands.hpp"
#include "cli/compile_policy.hpp"
#include "cli/render/json_text.hpp"
#include "cli/render/table.hpp"
#include "compiler/calendar/time_text.hpp"
#include "compiler/simulate/simulate_target.hpp"

namespace backstay::cli {
namespace {

struct SimulateOptions {
  std::string file;
  std::vector<std::string> settings;
  int days = 30;
  std::string outage;
  std::string format = "text";
};

std::string clock_text(const compiler::Fire& fire) {
  switch (fire.kind) {
    case compiler::LocalInstant::Kind::Once:
      return "";
    case compiler::LocalInstant::Kind::Skipped:
      return "clock set forward: " + compiler::local_text(fire.planned) + " is not there";
    case compiler::LocalInstant::Kind::Twice:
      return "clock set back: the first of two";
  }
  return "";
}

std::string fate_of(const compiler::SimulatedRun& run) {
  return run.missed ? "missed" : run.nothing_new ? "nothing new" : run.kept ? "kept" : "removed";
}

std::string table_of(const compiler::SimulatedTarget& target, const compiler::Zone& zone) {
  std::vector<std::vector<std::string>> rows{{"RUN", "POINTS", "AT THE END", "WHY"}};
  if (target.own_pace) {
    rows.front().insert(rows.front().begin() + 1, "COPIES THE POINT OF");
  }
  for (const compiler::SimulatedRun& run : target.runs) {
    std::string why = fmt::format("{}", fmt::join(run.reasons, ", "));
    const std::string clock = clock_text(run.fire);
    why += clock.empty() ? "" : (why.empty() ? "" : "; ") + clock;
    rows.push_back(
        {compiler::instant_text(run.fire.at, zone), std::to_string(run.points), fate_of(run), why});
    if (target.own_pace) {
      rows.back().insert(rows.back().begin() + 1,
                         run.nothing_new ? "" : compiler::instant_text(run.point, zone));
    }
  }
  return render_table(rows);
}

std::string to_text(const plan::Backup& backup,
                    const compiler::SimulatedTarget& target,
                    const compiler::Zone& zone) {
  if (target.rule.empty()) {
    return target.is_copy
               ? ""
               : fmt::format("Backup `{}` has no schedule: it runs by hand\n", backup.name);
  }
  return fmt::format(
      "Backup `{}`{}: {}, kept at `{}` by `{}`\n\n{}\n{} runs, {} points at the end\n", backup.name,
      target.own_pace  ? ", copied"
      : target.is_copy ? ", copied after each run"
                       : "",
      target.rule, target.target, target.retention, table_of(target, zone), target.runs.size(),
      target.points());
}

nlohmann::json to_json(const plan::Backup& backup,
                       const compiler::SimulatedTarget& target,
                       const compiler::Zone& zone) {
  nlohmann::json list = nlohmann::json::array();
  for (const compiler::SimulatedRun& run : target.runs) {
    list.push_back({{"at", run.fire.at.time_since_epoch().count()},
                    {"local", compiler::instant_text(run.fire.at, zone)},
                    {"clock", clock_text(run.fire)},
                    {"missed", run.missed},
                    {"nothing_new", run.nothing_new},
                    {"point", run.point.time_since_epoch().count()},
                    {"points", run.points},
                    {"kept", run.kept},
                    {"reasons", run.reasons}});
  }
  return {{"backup", backup.name},   {"copy", target.is_copy},        {"rule", target.rule},
          {"target", target.target}, {"retention", target.retention}, {"runs", list}};
}

void show(Session& session,
          const SimulateOptions& options,
          const plan::Plan& plan,
          Duration outage) {
  const auto zone = compiler::Zone::find(plan.zone.empty() ? "UTC" : plan.zone);
  if (!zone) {
    session.fail(zone.error());
    return;
  }
  nlohmann::json all = nlohmann::json::array();
  std::string text;
  compiler::Horizon horizon;
  horizon.length = std::chrono::days(options.days);
  for (const plan::Backup& backup : plan.backups) {
    const auto targets = compiler::simulate_targets(plan, backup, horizon, outage);
    if (!targets) {
      session.fail(targets.error());
      return;
    }
    for (const compiler::SimulatedTarget& target : *targets) {
      const std::string one = to_text(backup, target, *zone);
      text += (text.empty() || one.empty() ? "" : "\n") + one;
      if (!target.rule.empty()) {
        all.push_back(to_json(backup, target, *zone));
      }
    }
  }
  const nlohmann::ordered_json document = {
      {"schema_version", 1}, {"zone", zone->name()}, {"backups", all}};
  session.print(options.format == "json" ? json_document(document) : text);
}

void run(Session& session, const SimulateOptions& options) {
  const auto outage = options.outage.empty() ? Duration{-1} : parse_duration(options.outage);
  if (!outage) {
    session.fail(ExitCode::Usage, fmt::format("`{}` is no duration", options.outage),
                 "write it as `10d`");
    return;
  }
  const auto compiled = compile_file(options.file, options.settings);
  if (!compiled) {
    session.fail(compiled.error());
    return;
  }
  if (!compiled->plan) {
    session.print(lang::render_all(compiled->diagnostics, compiled->sources,
                                   session.render_options(STDOUT_FILENO)));
    session.exit_code = ExitCode::Usage;
    return;
  }
  show(session, options, *compiled->plan, *outage);
}

}  // namespace

void add_simulate(CLI::App& app, Session& session) {
  const auto options = std::make_shared<SimulateOptions>();
  CLI::App* verb = app.add_subcommand("simulate", "Show when backups run and what stays of them");
  verb->add_option("FILE", options->file, "A policy")->required();
  verb->add_option("--days", options->days, "How many days from 2027-01-01 on; 30 unless said")
      ->check(CLI::Range(1, 4'000));
  verb->add_option("--outage", options->outage, "No run in that time before the last one: `10d`");
  verb->add_option("-f,--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  verb->add_option("--set", options->settings, "NAME=VALUE: a parameter of the policy")
      ->allow_extra_args(false);
  verb->footer("Example:\n  backstay simulate controller.stay --days 400 --outage 30d");
  verb->callback([options, &session] { run(session, *options); });
}

}  // namespace backstay::cli
