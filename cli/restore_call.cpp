#include "cli/restore_call.hpp"

#include <iostream>
#include <optional>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/approval_gate.hpp"
#include "cli/keeping.hpp"
#include "cli/plan_file.hpp"
#include "cli/standard_error.hpp"
#include "runtime/executor/choose.hpp"
#include "runtime/system/environment.hpp"

namespace backstay::cli {
namespace {

// A restore in place replaces what is there. On a terminal the name of the policy must be typed.
Result<void> confirm(const RestoreWords& options, const std::string& policy) {
  if (!options.request.in_place || options.yes || options.dry_run) {
    return {};
  }
  if (::isatty(STDIN_FILENO) != 1) {
    return Error{.kind = ErrorKind::Usage,
                 .message = "--in-place replaces what is there and asks for leave on a terminal",
                 .hint = "look at it with --dry-run first, then add --yes"};
  }
  write_stderr(fmt::format(
      "This replaces what is there ({}).\n"
      "Type the name of the policy, `{}`, to go on: ",
      options.request.without_orig ? "databases are dropped first; only a snapshot keeps them"
                                   : "it is kept as NAME.orig-RUN",
      policy));
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != policy) {
    return Error{.kind = ErrorKind::Usage, .message = "not confirmed: nothing was changed"};
  }
  return {};
}

Result<std::string> policy_of(runtime::Filesystem& files,
                              const SnapshotSource& source,
                              const RestoreWords& options) {
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
                         const RestoreWords& options,
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
Result<PartPlan> part_plan(const plan::Plan& plan, const RestoreWords& options) {
  BACKSTAY_TRY(runtime::check_set_name(options.part.set));
  BACKSTAY_ASSIGN(const auto* backup, runtime::choose_backup(plan, options.source.backup));
  BACKSTAY_ASSIGN(auto host,
                  runtime::choose_host(*backup, options.source.host, runtime::host_name()));
  return PartPlan{.part = {.set = options.part.set, .what = "restore", .host = std::move(host)},
                  .graph = backup->restore,
                  .deadline = {}};
}

Result<void> restore_part(Session& session,
                          RestoreWords& options,
                          Execution& execution,
                          const std::optional<PartPlan>& part);

/// A call about a restore of several hosts, or such a restore itself.
Result<void> restore_with_others(Session& session, RestoreWords& options, Execution& execution) {
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
Result<void> restore_everywhere(Session& session, RestoreWords& options, Execution& execution) {
  BACKSTAY_ASSIGN(const auto file, read_plan_file(options.source.place));
  BACKSTAY_ASSIGN(const auto* backup, runtime::choose_backup(file.plan, options.source.backup));
  const runtime::RestoreRequest& request = options.request;
  if (!request.in_place || !request.to_directory.empty() || !request.database_suffix.empty())
    return Error{.kind = ErrorKind::Usage,
                 .message = "--engine restores in place, and takes --in-place alone",
                 .hint = "look at it with --dry-run first"};
  BACKSTAY_TRY(refuse_words_of_one({{"--host", !options.source.host.empty()},
                                    {"--set", !options.part.set.empty()},
                                    {"--identity", !options.source.identity.empty()},
                                    {"--in-place-without-orig", request.without_orig}}));
  if (!options.source.from.empty() && file.plan.target(options.source.from) == nullptr)
    return Error{.kind = ErrorKind::Usage,
                 .message = fmt::format("the plan of `{}` has no target `{}`", file.plan.policy,
                                        options.source.from)};
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

Result<void> restore_part(Session& session,
                          RestoreWords& options,
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

}  // namespace

Result<void> call_restore(Session& session, RestoreWords& options, Execution& execution) {
  if (!options.engine.engine.empty())
    return restore_everywhere(session, options, execution);
  return options.part.set.empty() ? restore_part(session, options, execution, std::nullopt)
                                  : restore_with_others(session, options, execution);
}

}  // namespace backstay::cli
