// backstay run: execute a plan's backup, or look at what it would do.
#include <chrono>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include "cli/commands/commands.hpp"
#include "cli/run_call.hpp"
#include "cli/run_everywhere.hpp"
#include "cli/run_part.hpp"
#include "lang/base/units.hpp"

namespace backstay::cli {
namespace {

/// A copy is of this machine alone, and reads nothing anew.
std::optional<Error> misused_copy(const RunWords& words) {
  if (words.copy.empty() ||
      (words.engine.engine.empty() && words.part.set.empty() && !words.rehash))
    return std::nullopt;
  return Error{.kind = ErrorKind::Usage,
               .message = "--copy goes with neither --engine, --set nor --rehash",
               .hint = "run the copy on the host whose store it reads"};
}

/// On this machine, alone or as a part in a set.
Result<void> run_here(Session& session,
                      RunWords& words,
                      const PlanFile& file,
                      std::chrono::seconds lock_timeout,
                      Execution& execution) {
  std::optional<PartPlan> part;
  if (!words.part.set.empty()) {
    BACKSTAY_ASSIGN(auto found, part_to_run(session, execution, words, file.plan));
    if (!found) {
      return {};
    }
    part.emplace(*std::move(found));
  }
  RunCall(session, execution, file, words, part ? &*part : nullptr, lock_timeout).run();
  return {};
}

void run(Session& session, RunWords& words, Execution& execution) {
  const auto file = read_plan_file(words.plan);
  if (!file) {
    session.fail(file.error());
    return;
  }
  const auto timeout = parse_duration(words.lock_timeout);
  if (!timeout) {
    session.fail(ExitCode::Usage, "--lock-timeout takes a duration such as `10m`");
    return;
  }
  if (const auto misused = misused_copy(words)) {
    session.fail(*misused);
    return;
  }
  const auto run_it = words.engine.engine.empty() ? run_here : run_everywhere;
  if (const auto done =
          run_it(session, words, *file, std::chrono::seconds(timeout->seconds), execution);
      !done) {
    execution.fail(done.error());
  }
}

}  // namespace

void add_run(CLI::App& app, Session& session) {
  const auto options = std::make_shared<RunWords>();
  CLI::App* verb = app.add_subcommand("run", "Execute a plan: back up");
  verb->add_option("PLAN", options->plan, "A plan written by `backstay plan -o`")->required();
  verb->add_flag("--dry-run", options->dry_run,
                 "Look at the real host, change nothing, say whether the run could start");
  verb->add_flag("--if-due", options->if_due,
                 "Do nothing unless the schedule has fired since the last run began");
  verb->add_flag("--then-prune", options->then_prune,
                 "Behind a verified run: prune the targets that the plan lets this host delete "
                 "from; exit 8 where a guard of `prune` refuses");
  verb->add_flag("--rehash", options->rehash,
                 "Read every file and every part that could be linked, also where nothing seems "
                 "changed, and compare them with what the last run noted");
  verb->add_option("--copy", options->copy,
                   "Copy the newest verified snapshot to this target, which has a schedule of its "
                   "own, and back up nothing");
  verb->add_option("--backup", options->backup, "Which backup, where the plan holds several");
  verb->add_option("--host", options->host, "Which host of the plan this machine is");
  verb->add_option("--lock-timeout", options->lock_timeout,
                   "How long to wait for another run of this policy (default: not at all)");
  add_engine_options(*verb, options->engine, false);
  add_part_options(*verb, options->part);
  add_output_format(*verb, options->format);
  verb->footer(
      "Examples:\n  backstay run controller.plan.yaml --dry-run\n"
      "  backstay run controller.plan.yaml --lock-timeout 10m");
  verb->callback([options, &session] {
    Execution execution(session, options->format);
    run(session, *options, execution);
    note_part_end(execution, options->part, session.exit_code);
  });
}

}  // namespace backstay::cli
