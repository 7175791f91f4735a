// backstay drill: restore into a sandbox, look at what is there, keep the evidence.
#include "runtime/drill/drill.hpp"

#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/ansible_engine.hpp"
#include "cli/approval_gate.hpp"
#include "cli/commands/commands.hpp"
#include "cli/execution.hpp"
#include "cli/keeping.hpp"
#include "cli/output_file.hpp"
#include "cli/plan_file.hpp"
#include "cli/render/drill_due.hpp"
#include "cli/snapshot_source.hpp"
#include "cli/telling.hpp"
#include "compiler/plan/plan_text_steps.hpp"
#include "runtime/store/records.hpp"

namespace backstay::cli {
namespace {

struct DrillOptions {
  std::string plan;
  std::string identity;
  runtime::DrillRequest request;
  OutputFormat format = OutputFormat::Text;
  bool dry_run = false;
  bool clean_up = false;
  bool if_due = false;
  EngineWords engine;
};

void show_steps(Session& session, const plan::Drill& drill) {
  const plan::PlanTextOptions text{.color = session.use_color(STDOUT_FILENO),
                                   .unicode = Session::use_unicode()};
  plan::TextPage page(text);
  plan::steps_text(page, fmt::format("Steps of drill {} from {}", drill.name, drill.target),
                   drill.steps, text);
  session.print(page.take());
}

void show_rest(Session& session, const runtime::DrillReport& report) {
  for (const runtime::DrillFinding& finding : report.findings) {
    session.say(fmt::format("{:<8} {}", finding.met ? "found" : "NOT MET", finding.what));
  }
  for (const std::string& line : report.times) {
    session.say(fmt::format("{:<8} {}", "time", line));
  }
  for (const std::string& line : report.not_drilled) {
    session.say("not drilled: " + line);
  }
  if (!report.kept.empty()) {
    session.say("The sandbox stays: " + report.kept);
    for (const std::string& line : report.servers) {
      session.say("  start its server: " + line);
    }
    session.say("  remove it: backstay drill --cleanup");
  }
}

/// The evidence of a drill from a far target belongs beside the snapshots of this machine's store:
/// there `status` looks for it. Where that is lost it is said, and the report is all that stays.
Result<void> keep_evidence(Session& session,
                           runtime::World& world,
                           const plan::Plan& plan,
                           const plan::Drill& drill,
                           const RemoteSource& remote) {
  BACKSTAY_ASSIGN(const auto store, remote.store());
  BACKSTAY_ASSIGN(const auto snapshots,
                  runtime::list_snapshots(remote.files(), store, {.policy = plan.policy}));
  for (const runtime::SnapshotSummary& one : snapshots) {
    BACKSTAY_ASSIGN(const auto records,
                    runtime::read_records(remote.files(), store, one.id, "drill"));
    if (records.empty())
      continue;
    const plan::Backup* backup = plan.backup(one.backup);
    const plan::Target* own = backup == nullptr ? nullptr : plan.target(backup->target);
    auto here = own == nullptr || own->kind != "directory"
                    ? Result<runtime::Store>(Error{.message = "there is no directory of it"})
                    : runtime::open_store_for_reading(world.files, own->path, world.directories);
    if (!here) {
      session.say(fmt::format("the evidence of drill {} is not kept: {}", drill.name,
                              to_string(here.error())));
      continue;
    }
    for (const std::string& record : records)
      BACKSTAY_TRY(runtime::write_record(world.files, *here, one.id, "drill", record));
  }
  return {};
}

Result<void> drill(Session& session, const DrillOptions& options, Execution& execution) {
  runtime::World& real = execution.world();
  if (options.clean_up) {
    for (const std::string& line : runtime::remove_sandboxes(real, true))
      session.say(line);
    return {};
  }
  if (options.plan.empty()) {
    return Error{.kind = ErrorKind::Usage, .message = "a plan is required"};
  }
  BACKSTAY_ASSIGN(const auto file, read_plan_file(options.plan));
  BACKSTAY_ASSIGN(const auto* chosen, runtime::choose_drill(file.plan, options.request.drill));
  if (!options.engine.engine.empty()) {
    const runtime::DrillRequest& asked = options.request;
    BACKSTAY_TRY(
        refuse_words_of_one({{"--host", !asked.host.empty()},
                             {"--into", !asked.into.empty()},
                             {"--snapshot", asked.snapshot != DrillOptions().request.snapshot},
                             {"--identity", !options.identity.empty()},
                             {"--keep", asked.keep},
                             {"--if-due", options.if_due}}));
    return run_engine(session, execution, file, options.engine,
                      {.what = "drill",
                       .name = chosen->name,
                       .graph = chosen->steps,
                       .arguments = {},
                       .dry_run = options.dry_run},
                      options.format);
  }
  const plan::Target* target = file.plan.target(chosen->target);
  const Call call{.what = "drill",
                  .backup = chosen->name,
                  .host = options.request.host,
                  .scheduled = options.if_due};
  const bool far = target != nullptr && target->kind != "directory";
  std::shared_ptr<RemoteSource> remote;
  runtime::DrillRequest request = options.request;
  execution.name("BACKSTAY_POLICY", file.plan.policy);
  if (far) {
    BACKSTAY_ASSIGN(remote, RemoteSource::open(file.plan, *target, execution.stop()));
    remote->files().expect(runtime::Wanted::Whole);
    request.store = remote->files().store();
  }
  BACKSTAY_ASSIGN(const auto opened,
                  open_sealed_files(far ? remote->files() : real.files, real.commands,
                                    options.identity.empty()
                                        ? identity_of(real.files, file.plan, chosen->target)
                                        : absolute_path(options.identity)));
  runtime::World world{real.clock, *opened, real.commands, real.directories};
  if (options.dry_run) {
    if (options.format == OutputFormat::Text)
      show_steps(session, *chosen);
    BACKSTAY_ASSIGN(auto preview, runtime::preview_drill(world, file.plan, request,
                                                         execution.events(), execution.stop()));
    auto approved = check_approval(real, file.plan, options.request.host);
    if (!approved && !preview.refusal)
      preview.refusal = std::move(approved).error();
    execution.show(preview);
    return {};
  }
  if (options.if_due) {
    BACKSTAY_ASSIGN(const auto due, drill_due(world, file.plan, *chosen));
    if (!due.due) {
      session.say(due.text);
      keep_catalogue(execution, file.plan, call, "not due", {}, due.text);
      return {};
    }
  }
  auto approved = require_approval(real, file.plan, options.request.host, execution.stop());
  if (!approved) {
    tell_of_drill(session, real, file.plan, *chosen, approved.error());
    return std::move(approved).error();
  }
  const auto outcome =
      runtime::run_drill(world, file.plan, request, execution.events(), execution.stop());
  tell_of_drill(session, real, file.plan, *chosen,
                outcome ? Result<runtime::RunReport>(outcome->run) : outcome.error());
  if (!outcome) {
    keep_catalogue(execution, file.plan, call, outcome_of(outcome.error()), {},
                   to_string(outcome.error()));
  }
  BACKSTAY_ASSIGN(const auto report, outcome);
  if (far)
    BACKSTAY_TRY(keep_evidence(session, real, file.plan, *chosen, *remote));
  keep_catalogue(execution, file.plan, call, "ran", report.run.run_id);
  if (options.format == OutputFormat::Text)
    show_rest(session, report);
  execution.show(report.run);
  return {};
}

}  // namespace

void add_drill(CLI::App& app, Session& session) {
  const auto options = std::make_shared<DrillOptions>();
  CLI::App* verb = app.add_subcommand("drill", "Practise a restore: into a sandbox, with evidence");
  verb->add_option("PLAN", options->plan, "A plan written by `backstay plan -o`");
  verb->add_option("--drill", options->request.drill, "Which drill, where the plan holds several");
  verb->add_option("--host", options->request.host, "Which host of the plan this machine is");
  verb->add_option("--into", options->request.into,
                   "Directory of the sandbox: empty, or not there (default: one below /var/tmp)");
  verb->add_option("--snapshot", options->request.snapshot,
                   "Id, unique prefix, latest, latest~N or @DATE (default: latest)");
  verb->add_option("--identity", options->identity,
                   "File of an age identity that opens what is sealed (default: the one that the "
                   "plan names)");
  verb->add_flag("--keep", options->request.keep, "Leave the sandbox for a look around");
  verb->add_flag("--cleanup", options->clean_up,
                 "Remove every sandbox that is left: of drills that were killed, and kept ones");
  verb->add_flag("--if-due", options->if_due,
                 "Only when no drill succeeded since the drill's schedule fired last");
  verb->add_flag("--dry-run", options->dry_run, "Look at the real host, change nothing");
  add_engine_options(*verb, options->engine, false);
  add_output_format(*verb, options->format);
  verb->footer(
      "Exit 5: the drill failed; the reason is kept as evidence in the store.\n\n"
      "Examples:\n  backstay drill controller.plan.yaml\n"
      "  backstay drill controller.plan.yaml --snapshot latest~1 --into /srv/sandbox --keep\n"
      "  backstay drill --cleanup");
  verb->callback([options, &session] {
    if (std::string& directory = options->request.into; !directory.empty()) {
      directory = absolute_path(directory);
    }
    Execution execution(session, options->format);
    if (const auto done = drill(session, *options, execution); !done) {
      execution.fail(done.error());
    }
  });
}

}  // namespace backstay::cli
