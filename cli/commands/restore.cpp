// backstay restore: bring back what a snapshot holds, or look at what that would do.
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/commands/commands.hpp"
#include "cli/output_file.hpp"
#include "cli/restore_call.hpp"
#include "cli/undo_call.hpp"

namespace backstay::cli {
namespace {

/// Where it is there already, it must be a directory; so must what it is to be made in.
Result<void> check_directory(const std::string& wanted) {
  std::error_code none;
  std::filesystem::path place(wanted);
  while (place.has_relative_path() && !std::filesystem::exists(place, none))
    place = place.parent_path();
  if (wanted.empty() || std::filesystem::is_directory(place, none))
    return {};
  return Error{.kind = ErrorKind::Usage,
               .message = "--to takes a directory, and `" + place.string() + "` is none",
               .hint = "give one that is there, or the name of one to be made"};
}

/// Undo and commit know all that they need from the restore's record.
Result<void> check_words(const RestoreWords& options) {
  const bool record = !options.undo.empty() || !options.commit.empty();
  if (record && !options.source.place.empty()) {
    return Error{.kind = ErrorKind::Usage,
                 .message =
                     "--undo and --commit need no plan and no store: the restore's record "
                     "has it all"};
  }
  if (record && !options.engine.engine.empty()) {
    return Error{.kind = ErrorKind::Usage,
                 .message = "--undo and --commit are of one machine: --engine does not take them",
                 .hint =
                     "call `backstay restore --undo latest --yes` on each host, as by `ansible "
                     "all -b -a '…'`"};
  }
  if (!record && options.source.place.empty())
    return Error{.kind = ErrorKind::Usage, .message = "say what to restore from: PLAN or STORE"};
  return check_directory(options.request.to_directory);
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

void add_ways_on(CLI::App& verb, RestoreWords& options) {
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
  const auto options = std::make_shared<RestoreWords>();
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
    } else if (const auto done = call_restore(session, *options, execution); !done) {
      execution.fail(done.error());
    }
    note_part_end(execution, options->part, session.exit_code);
  });
}

}  // namespace backstay::cli
