// backstay restore: bring back what a snapshot holds, or look at what that would do.
#include "runtime/restore/restore.hpp"

#include <iostream>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/ansible_engine.hpp"
#include "cli/approval_gate.hpp"
#include "cli/commands/commands.hpp"
#include "cli/execution.hpp"
#include "cli/keeping.hpp"
#include "cli/output_file.hpp"
#include "cli/part_of_set.hpp"
#include "cli/render/way_back.hpp"
#include "cli/snapshot_source.hpp"
#include "runtime/executor/choose.hpp"
#include "runtime/restore/undo_restore.hpp"
#include "runtime/system/environment.hpp"

namespace backstay::cli {
namespace {

struct Options {
  SourceOptions source;
  runtime::RestoreRequest request;
  OutputFormat format = OutputFormat::Text;
  bool by_given_plan = false;
  bool dry_run = false;
  bool yes = false;
  std::string undo;    ///< a restore's id; empty: no undo
  std::string commit;  ///< likewise
  bool discard_later = false;
  std::vector<std::string> without_keep_current;
  bool privileged = false;
  bool without_privileged = false;
  PartWords part;
  EngineWords engine;
};

// A restore in place replaces what is there. On a terminal the name of the policy must be typed.
Result<void> confirm(const Options& options, const std::string& policy) {
  if (!options.request.in_place || options.yes || options.dry_run) {
    return {};
  }
  if (::isatty(STDIN_FILENO) != 1) {
    return Error{.kind = ErrorKind::Usage,
                 .message = "--in-place replaces what is there and asks for leave on a terminal",
                 .hint = "look at it with --dry-run first, then add --yes"};
  }
  fmt::print(stderr,
             "This replaces what is there ({}).\n"
             "Type the name of the policy, `{}`, to go on: ",
             options.request.without_orig
                 ? "databases are dropped first; only a snapshot keeps them"
                 : "it is kept as NAME.orig-RUN",
             policy);
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != policy) {
    return Error{.kind = ErrorKind::Usage, .message = "not confirmed: nothing was changed"};
  }
  return {};
}

Result<std::string> policy_of(runtime::Filesystem& files,
                              const SnapshotSource& source,
                              const Options& options) {
  if (source.plan) {
    return source.plan->plan.policy;
  }
  BACKSTAY_ASSIGN(const auto summary, runtime::find_snapshot(files, source.store, source.filter,
                                                             options.request.snapshot));
  return summary.policy;
}

void show_ways_on(Session& session, const runtime::RestoreReport& report) {
  if (report.restore.empty())
    return;
  if (!report.kept_current.empty())
    session.say("Kept first, as a snapshot: " + report.kept_current);
  if (report.complete) {
    session.say("Put back what was there before:   backstay restore --undo " + report.restore);
    session.say("Remove what was set aside:        backstay restore --commit " + report.restore);
  } else {
    session.say("This restore is not complete: units that it stopped do not start until it is.");
    session.say("Go on with it: repeat it.  Take it back: backstay restore --undo " +
                report.restore);
  }
}

void show_rest(Session& session, const runtime::RestoreReport& report) {
  if (!report.kept.empty()) {
    session.say("Set aside, not deleted:");
    for (const std::string& path : report.kept) {
      session.say("  " + path);
    }
  }
  for (const std::string& line : report.checklist) {
    session.say(line);
  }
}

/// From a store alone no plan says what may be done: its files come back beside only.
Result<void> check_leave(runtime::World& world,
                         const SnapshotSource& source,
                         const Options& options,
                         const std::stop_token& stop) {
  if (source.plan && options.dry_run)
    return check_approval(world, source.plan->plan, options.source.host);
  if (source.plan)
    return require_approval(world, source.plan->plan, options.source.host, stop);
  BACKSTAY_ASSIGN(const bool asked, runtime::asks_for_approval(world));
  const runtime::RestoreRequest& request = options.request;
  if (!asked || (!request.to_directory.empty() && request.database_suffix.empty()))
    return {};
  return Error{.kind = ErrorKind::Refused,
               .message = "this host restores by approved plans only, and a store alone is none",
               .hint = "give the plan instead of the store, or restore files beside with --to"};
}

/// This host's part in a set. Errors: as of choosing backup and host.
Result<PartPlan> part_plan(const plan::Plan& plan, const Options& options) {
  BACKSTAY_TRY(runtime::check_set_name(options.part.set));
  BACKSTAY_ASSIGN(const auto* backup, runtime::choose_backup(plan, options.source.backup));
  BACKSTAY_ASSIGN(auto host,
                  runtime::choose_host(*backup, options.source.host, runtime::host_name()));
  return PartPlan{.part = {.set = options.part.set, .what = "restore", .host = std::move(host)},
                  .graph = backup->restore,
                  .deadline = {}};
}

Result<void> restore_part(Session& session,
                          Options& options,
                          Execution& execution,
                          const std::optional<PartPlan>& part);

/// A call about a restore of several hosts, or such a restore itself.
Result<void> restore_with_others(Session& session, Options& options, Execution& execution) {
  BACKSTAY_ASSIGN(const auto file, read_plan_file(options.source.place));
  BACKSTAY_ASSIGN(auto found, part_plan(file.plan, options));
  const std::optional<PartPlan> part(std::move(found));
  if (options.part.is_call() && options.part.as_part.empty())
    return answer_part_call(session, execution, options.part, *part, options.format);
  if (const std::string report = done_before(execution, options.part, part->part);
      !report.empty() && !options.dry_run) {
    session.print(options.format == OutputFormat::Text ? "" : report);
    session.say(
        fmt::format("set {} has its restore of {} already", part->part.set, part->part.host));
    return {};
  }
  return restore_part(session, options, execution, part);
}

void add_each(std::vector<std::string>& words,
              const char* option,
              const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    words.insert(words.end(), {option, value});
  }
}

/// On all hosts, or those of --only: in place alone, since that is what has an order.
Result<void> restore_everywhere(Session& session, Options& options, Execution& execution) {
  BACKSTAY_ASSIGN(const auto file, read_plan_file(options.source.place));
  BACKSTAY_ASSIGN(const auto* backup, runtime::choose_backup(file.plan, options.source.backup));
  const runtime::RestoreRequest& request = options.request;
  if (!request.in_place || !request.to_directory.empty() || !request.database_suffix.empty())
    return Error{.kind = ErrorKind::Usage,
                 .message = "--engine restores in place, and takes --in-place alone",
                 .hint = "look at it with --dry-run first"};
  BACKSTAY_TRY(confirm(options, file.plan.policy));
  std::vector<std::string> arguments;
  add_each(arguments, "--service", request.services);
  add_each(arguments, "--component", request.components);
  add_each(arguments, "--path", request.paths);
  add_each(arguments, "--database", request.databases);
  add_each(arguments, "--without-keep-current", options.without_keep_current);
  if (!options.source.from.empty())
    add_each(arguments, "--from", {options.source.from});
  if (request.snapshot != "latest")
    add_each(arguments, "--snapshot", {request.snapshot});
  if (options.by_given_plan)
    arguments.emplace_back("--by-this-plan");
  if (options.privileged || options.without_privileged)
    arguments.emplace_back(options.privileged ? "--privileged" : "--without-privileged");
  return run_engine(session, execution, file, options.engine,
                    {.what = "restore",
                     .name = backup->name,
                     .graph = backup->restore,
                     .arguments = std::move(arguments),
                     .dry_run = options.dry_run},
                    options.format);
}

Result<void> restore(Session& session, Options& options, Execution& execution) {
  if (!options.engine.engine.empty())
    return restore_everywhere(session, options, execution);
  return options.part.set.empty() ? restore_part(session, options, execution, std::nullopt)
                                  : restore_with_others(session, options, execution);
}

Result<void> restore_part(Session& session,
                          Options& options,
                          Execution& execution,
                          const std::optional<PartPlan>& part) {
  runtime::World& real = execution.world();
  BACKSTAY_ASSIGN(const auto source, open_source(real.files, options.source, execution.stop()));
  if (options.request.paths.empty())
    source.expect_whole();
  auto leave = check_leave(real, source, options, execution.stop());
  if (!leave && !options.dry_run)
    return leave;
  BACKSTAY_ASSIGN(const auto opened,
                  open_sealed_files(source.files(real.files), real.commands, source.identity));
  runtime::World world{real.clock, *opened, real.commands, real.directories};
  BACKSTAY_ASSIGN(const std::string policy, policy_of(world.files, source, options));
  BACKSTAY_TRY(confirm(options, policy));
  if (options.by_given_plan && !source.plan) {
    return Error{.kind = ErrorKind::Usage, .message = "--by-this-plan needs a plan file"};
  }
  if (part)
    BACKSTAY_TRY(RunningPart::begin(execution, options.part, *part));
  RunningPart* running = options.part.running.get();
  const runtime::RestoreSource from{.store = source.store,
                                    .filter = source.filter,
                                    .plan = options.by_given_plan ? &source.plan->plan : nullptr,
                                    .approved = source.plan ? &source.plan->plan : nullptr,
                                    .keep_in = source.keep_in,
                                    .gates = running ? &running->gates() : nullptr};
  if (options.dry_run) {
    BACKSTAY_ASSIGN(auto preview, runtime::preview_restore(world, from, options.request,
                                                           execution.events(), execution.stop()));
    if (!leave && !preview.refusal)
      preview.refusal = std::move(leave).error();
    execution.show(preview);
    return {};
  }
  BACKSTAY_ASSIGN(const auto report,
                  runtime::run_restore(world, from, options.request,
                                       running ? running->events() : execution.events(),
                                       running ? running->stop() : execution.stop()));
  execution.show(report.run);
  if (part && !running)
    BACKSTAY_TRY(keep_part(execution, part->part, runtime::to_json(report.run), session.exit_code));
  show_rest(session, report);
  show_ways_on(session, report);
  if (source.plan)
    keep_catalogue(execution, source.plan->plan);
  else
    keep_catalogue(execution);
  return {};
}

/// What is lost is asked for by itself, whatever else was said.
Result<void> confirm_undo(runtime::World& world, Options& options) {
  BACKSTAY_ASSIGN(const auto found,
                  runtime::find_restore(world.files, world.directories.state, options.undo));
  const bool asks = runtime::loses_later_writes(found) && !options.discard_later &&
                    found.state != runtime::RestoreState::Undoing && found.open();
  if (!asks || ::isatty(STDIN_FILENO) != 1)
    return {};
  fmt::print(stderr,
             "Units were started after this restore: undoing it discards what they wrote since.\n"
             "(It is kept as a snapshot first.) Type `discard` to go on: ");
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != "discard")
    return Error{.kind = ErrorKind::Usage, .message = "not confirmed: nothing was changed"};
  options.discard_later = true;
  return {};
}

std::string report_as_json(const runtime::UndoReport& report, const char* what) {
  const nlohmann::ordered_json document = {{"schema_version", 1},       {"what", what},
                                           {"restore", report.restore}, {"nothing", report.nothing},
                                           {"done", report.done},       {"notes", report.notes},
                                           {"left", report.left}};
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

Result<void> preview_way_back(Session& session, const Options& options, runtime::World& world) {
  const bool undo = !options.undo.empty();
  BACKSTAY_ASSIGN(const auto found, runtime::find_restore(world.files, world.directories.state,
                                                          undo ? options.undo : options.commit));
  const auto lines = !found.open() ? std::vector<std::string>{}
                     : undo        ? would_undo(found)
                                   : would_remove(found);
  if (options.format != OutputFormat::Text) {
    session.print(
        report_as_json({.restore = found.header.id, .nothing = lines.empty(), .done = lines},
                       undo ? "undo-preview" : "commit-preview"));
    return {};
  }
  session.print(fmt::format("restore {} is {}\n", found.header.id, to_string(found.state)));
  for (const std::string& line : lines)
    session.print("  " + printable(line) + "\n");
  if (undo && found.open() && runtime::loses_later_writes(found))
    session.print("  would discard what was written since units were started; asks for it\n");
  session.say("Nothing was changed.");
  return {};
}

Result<void> undo_or_commit(Session& session, Options& options, Execution& execution) {
  if (options.dry_run)
    return preview_way_back(session, options, execution.world());
  const bool undo = !options.undo.empty();
  if (undo)
    BACKSTAY_TRY(confirm_undo(execution.world(), options));
  BACKSTAY_ASSIGN(const auto opened,
                  open_sealed_files(execution.world().files, execution.world().commands,
                                    options.source.identity));
  runtime::World world{execution.world().clock, *opened, execution.world().commands,
                       execution.world().directories};
  runtime::UndoReport report;
  const runtime::UndoRequest request{.restore = options.undo,
                                     .discard_later = options.discard_later,
                                     .without_keep_current = {options.without_keep_current.begin(),
                                                              options.without_keep_current.end()}};
  auto done =
      undo ? runtime::undo_restore(world, request, report, execution.events(), execution.stop())
           : runtime::commit_restore(world, options.commit, report, execution.events(),
                                     execution.stop());
  if (options.format != OutputFormat::Text)
    session.print(report_as_json(report, undo ? "undo" : "commit"));
  if (report.nothing)
    session.say(fmt::format("restore {} was {} before: nothing to do", report.restore,
                            undo ? "undone" : "committed"));
  for (const std::string& line : report.done)
    session.say((undo ? "" : "removed: ") + printable(line));
  for (const std::string& line : report.notes)
    session.say(printable(line));
  for (const std::string& line : report.left)
    session.say("left: " + printable(line));
  if (done && !report.nothing)
    session.say(fmt::format("restore {} is {}", report.restore, undo ? "undone" : "committed"));
  return done;
}

/// Undo and commit know all that they need from the restore's record.
Result<void> check_words(const Options& options) {
  const bool record = !options.undo.empty() || !options.commit.empty();
  if (record && !options.source.place.empty()) {
    return Error{.kind = ErrorKind::Usage,
                 .message =
                     "--undo and --commit need no plan and no store: the restore's record "
                     "has it all"};
  }
  if (!record && options.source.place.empty())
    return Error{.kind = ErrorKind::Usage, .message = "say what to restore from: PLAN or STORE"};
  return {};
}

void add_scope(CLI::App& verb, runtime::RestoreRequest& request) {
  verb.add_option("--snapshot", request.snapshot,
                  "Id, unique prefix, latest, latest~N or @DATE: the newest of then");
  verb.add_option("--service", request.services, "Only these services")->allow_extra_args(false);
  verb.add_option("--component", request.components, "Only these components")
      ->allow_extra_args(false);
  verb.add_option("--path", request.paths, "Only these files or trees")->allow_extra_args(false);
  verb.add_option("--database", request.databases, "Only these databases")->allow_extra_args(false);
  verb.add_option("--to", request.to_directory, "Put everything below this directory, beside");
  verb.add_option("--database-suffix", request.database_suffix,
                  "Import databases beside, under their name and this suffix");
  verb.add_flag("--in-place", request.in_place,
                "Replace what is there, keeping it as NAME.orig-RUN");
  verb.add_flag("--in-place-without-orig", request.without_orig,
                "The same where there is no room for the old tables of MariaDB: they are dropped "
                "before the import; a verified snapshot keeps them for the undo");
}

void add_ways_on(CLI::App& verb, Options& options) {
  auto* undo = verb.add_option("--undo", options.undo,
                               "Put back what this restore replaced: an id or latest");
  verb.add_option("--commit", options.commit, "Remove what this restore set aside: an id or latest")
      ->excludes(undo);
  verb.add_flag("--discard-later", options.discard_later,
                "With --undo: discard what was written since units were started (a snapshot of it "
                "is made first)")
      ->needs(undo);
  verb.add_option("--without-keep-current", options.without_keep_current,
                  "Replace this component without a snapshot of what is there; `all`")
      ->allow_extra_args(false);
}

}  // namespace

void add_restore(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("restore", "Bring back what a snapshot holds");
  add_source_options(*verb, options->source);
  verb->get_option("PLAN|STORE")->required(false);
  add_from_option(*verb, options->source);
  add_identity_option(*verb, options->source);
  add_scope(*verb, options->request);
  add_ways_on(*verb, *options);
  verb->add_flag("--by-this-plan", options->by_given_plan,
                 "Restore by the given plan, not by the one that is stored in the snapshot");
  verb->add_flag("--dry-run", options->dry_run, "Look at the real host, change nothing");
  verb->add_flag("--yes", options->yes, "Do not ask before --in-place");
  auto* grant = verb->add_flag("--privileged", options->privileged,
                               "Put back set-id bits, devices and capabilities, too");
  verb->add_flag("--without-privileged", options->without_privileged,
                 "Leave them out; without either, a restore of such files is refused")
      ->excludes(grant);
  add_engine_options(*verb, options->engine, true);
  add_part_options(*verb, options->part);
  add_output_format(*verb, options->format);
  verb->footer(
      "Without --in-place, --to or --database-suffix only what is absent is written.\n\n"
      "Examples:\n  backstay restore controller.plan.yaml --dry-run --in-place\n"
      "  backstay restore controller.plan.yaml --service nova --in-place\n"
      "  backstay restore controller.plan.yaml --from archive --in-place\n"
      "  backstay restore /mnt/backups/backstay --path /etc/nova/nova.conf --to /tmp/look\n"
      "  backstay restore controller.plan.yaml --snapshot @2026-11-01 --to /tmp/look\n"
      "  backstay restore --undo latest\n  backstay restore --commit latest");
  verb->callback([options, &session] {
    if (std::string& directory = options->request.to_directory; !directory.empty()) {
      directory = absolute_path(directory);
    }
    options->request.privileged = options->privileged           ? runtime::Privileged::Granted
                                  : options->without_privileged ? runtime::Privileged::LeftOut
                                                                : runtime::Privileged::Refused;
    options->request.in_place = options->request.in_place || options->request.without_orig;
    options->request.without_keep_current = {options->without_keep_current.begin(),
                                             options->without_keep_current.end()};
    Execution execution(session, options->format);
    if (const auto words = check_words(*options); !words) {
      execution.fail(words.error());
    } else if (options->source.place.empty()) {
      if (const auto done = undo_or_commit(session, *options, execution); !done)
        execution.fail(done.error());
    } else if (const auto done = restore(session, *options, execution); !done) {
      execution.fail(done.error());
    }
    note_part_end(execution, options->part, session.exit_code);
  });
}

}  // namespace backstay::cli
