#include "cli/undo_call.hpp"

#include <iostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/output_file.hpp"
#include "cli/render/json_text.hpp"
#include "cli/render/way_back.hpp"
#include "cli/standard_error.hpp"
#include "runtime/restore/undo_restore.hpp"

namespace backstay::cli {
namespace {

/// What is lost is asked for by itself, whatever else was said.
Result<void> confirm_undo(runtime::World& world, RestoreWords& options) {
  BACKSTAY_ASSIGN(const auto found,
                  runtime::find_restore(world.files, world.directories.state, options.undo));
  const bool asks = runtime::loses_later_writes(found) && !options.discard_later &&
                    found.state != runtime::RestoreState::Undoing && found.open();
  if (!asks || ::isatty(STDIN_FILENO) != 1)
    return {};
  write_stderr(
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
  return json_document(document);
}

Result<void> preview_way_back(Session& session,
                              const RestoreWords& options,
                              runtime::World& world) {
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

}  // namespace

Result<void> undo_or_commit(Session& session, RestoreWords& options, Execution& execution) {
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

}  // namespace backstay::cli
