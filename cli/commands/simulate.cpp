// backstay simulate: when backups run and which points are left, without waiting for it.
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/commands/commands.hpp"
#include "cli/compile_policy.hpp"
#include "cli/render/table.hpp"
#include "compiler/calendar/buckets.hpp"
#include "compiler/calendar/occurrences.hpp"
#include "compiler/calendar/time_text.hpp"
#include "compiler/plan/retention.hpp"

namespace backstay::cli {
namespace {

struct Options {
  std::string file;
  std::vector<std::string> settings;
  int days = 30;
  std::string outage;
  std::string format = "text";
};

/// One run, and what is left of it at the end.
struct Run {
  compiler::Fire fire;
  bool missed = false;     ///< within the outage
  std::size_t points = 0;  ///< in the store after it
  bool kept = false;
  std::vector<std::string> reasons;
};

// The last run ends the outage.
std::vector<Run> simulate(const std::vector<compiler::Fire>& fires,
                          const plan::Retention& retention,
                          const compiler::Zone& zone,
                          Duration outage) {
  std::vector<Run> runs;
  std::vector<plan::RetentionPoint> points;
  for (std::size_t index = 0; index < fires.size(); ++index) {
    const compiler::Fire& fire = fires[index];
    const bool is_last = index + 1 == fires.size();
    Run run{.fire = fire, .reasons = {}};
    run.missed = !is_last && (fires.back().at - fire.at).count() <= outage.seconds;
    if (!run.missed) {
      points.push_back({.id = std::to_string(index),
                        .at = fire.at,
                        .periods = compiler::periods_of(fire.at, zone)});
      std::vector<plan::RetentionPoint> left;
      for (const std::size_t kept : plan::kept_points(points, retention, fire.at)) {
        left.push_back(std::move(points[kept]));
      }
      points = std::move(left);
    }
    run.points = points.size();
    runs.push_back(std::move(run));
  }
  if (!fires.empty()) {
    for (const auto& decision : plan::decide(points, retention, fires.back().at)) {
      Run& run = runs[std::stoul(decision.id)];
      run.kept = decision.keep;
      for (const plan::RetentionReason& reason : decision.reasons) {
        run.reasons.push_back(plan::to_string(reason));
      }
    }
  }
  return runs;
}

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

std::string to_text(const plan::Backup& backup,
                    const plan::Schedule& schedule,
                    const std::vector<Run>& runs,
                    const compiler::Zone& zone) {
  std::vector<std::vector<std::string>> rows{{"RUN", "POINTS", "AT THE END", "WHY"}};
  for (const Run& run : runs) {
    std::string why = fmt::format("{}", fmt::join(run.reasons, ", "));
    const std::string clock = clock_text(run.fire);
    why += clock.empty() ? "" : (why.empty() ? "" : "; ") + clock;
    rows.push_back({compiler::instant_text(run.fire.at, zone), std::to_string(run.points),
                    run.missed ? "missed"
                    : run.kept ? "kept"
                               : "removed",
                    why});
  }
  return fmt::format("Backup `{}`: {}, kept at `{}` by `{}`\n\n{}\n{} runs, {} points at the end\n",
                     backup.name, schedule.rule, backup.target, backup.retention,
                     render_table(rows), runs.size(), runs.empty() ? 0 : runs.back().points);
}

nlohmann::json to_json(const plan::Backup& backup,
                       const plan::Schedule& schedule,
                       const std::vector<Run>& runs,
                       const compiler::Zone& zone) {
  nlohmann::json list = nlohmann::json::array();
  for (const Run& run : runs) {
    list.push_back({{"at", run.fire.at.time_since_epoch().count()},
                    {"local", compiler::instant_text(run.fire.at, zone)},
                    {"clock", clock_text(run.fire)},
                    {"missed", run.missed},
                    {"points", run.points},
                    {"kept", run.kept},
                    {"reasons", run.reasons}});
  }
  return {{"backup", backup.name},
          {"rule", schedule.rule},
          {"target", backup.target},
          {"retention", backup.retention},
          {"runs", list}};
}

void show(Session& session, const Options& options, const plan::Plan& plan, Duration outage) {
  const auto zone = compiler::Zone::find(plan.zone.empty() ? "UTC" : plan.zone);
  if (!zone) {
    session.fail(zone.error());
    return;
  }
  nlohmann::json all = nlohmann::json::array();
  std::string text;
  for (const plan::Backup& backup : plan.backups) {
    const plan::Schedule* const schedule = plan.schedule(backup.schedule);
    const plan::Retention* const retention = plan.retention(backup.retention);
    const auto rule = schedule ? compiler::parse_schedule_rule(schedule->rule) : std::nullopt;
    if (!rule || retention == nullptr) {
      text += fmt::format("Backup `{}` has no schedule: it runs by hand\n", backup.name);
      continue;
    }
    compiler::Horizon horizon;
    horizon.length = std::chrono::days(options.days);
    const auto runs = simulate(find_fires(*rule, *zone, horizon), *retention, *zone, outage);
    text += (text.empty() ? "" : "\n") + to_text(backup, *schedule, runs, *zone);
    all.push_back(to_json(backup, *schedule, runs, *zone));
  }
  const nlohmann::json document{{"schema_version", 1}, {"zone", zone->name()}, {"backups", all}};
  session.print(options.format == "json" ? document.dump(2) + "\n" : text);
}

void run(Session& session, const Options& options) {
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
  const auto options = std::make_shared<Options>();
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
