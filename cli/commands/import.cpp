// backstay import: a policy from what backed this host up before.
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/new_policy.hpp"
#include "compiler/compile.hpp"
#include "compiler/takeover/takeover.hpp"
#include "runtime/system/environment.hpp"

namespace backstay::cli {
namespace {

using Reader = Result<compiler::Takeover> (*)(const std::string& name, std::string_view text);

struct ImportOptions {
  std::string file;
  std::string output = "-";
  std::string host;
};

void show_notes(const Session& session, const compiler::Takeover& takeover) {
  for (const compiler::TakeoverNote& note : takeover.notes) {
    if (note.kind != compiler::NoteKind::Taken) {
      const std::string where =
          note.line == 0 ? takeover.source : fmt::format("{}:{}", takeover.source, note.line);
      session.say(fmt::format("{}: {}: {}", where, compiler::note_word(note.kind), note.text));
    }
  }
}

void import(Session& session, const ImportOptions& options, Reader reader) {
  const auto text = compiler::read_source_file(options.file);
  if (!text) {
    session.fail(text.error());
    return;
  }
  const auto takeover = reader(options.file, *text);
  if (!takeover) {
    session.fail(takeover.error());
    return;
  }
  show_notes(session, *takeover);
  if (takeover->holds_nothing()) {
    session.fail(ExitCode::Usage,
                 fmt::format("nothing in {} was understood as something to back up", options.file),
                 "draft a policy from the host itself: `backstay init`");
    return;
  }
  const std::string host = options.host.empty() ? runtime::host_name() : options.host;
  const std::string policy = compiler::takeover_policy(*takeover, host);
  if (const auto placed = place_new_policy(session, options.output, policy); !placed) {
    session.fail(placed.error());
    return;
  }
  (void)report_findings(session, options.output == "-" ? "policy.stay" : options.output, policy);
  if (options.output != "-") {
    session.say(fmt::format("wrote {}", options.output));
  }
}

void add_kind(CLI::App& verb, Session& session, const char* name, const char* what, Reader reader) {
  const auto options = std::make_shared<ImportOptions>();
  CLI::App* kind = verb.add_subcommand(name, what);
  kind->add_option("FILE", options->file, "What is read; nothing in it is carried out")->required();
  kind->add_option("-o,--output", options->output,
                   "Write this file, which must not be there yet; `-` (default) prints the policy");
  kind->add_option("--host", options->host, "Name of the host; this one's unless said");
  kind->footer(fmt::format("Examples:\n  backstay import {} FILE -o controller.stay", name));
  kind->callback([options, &session, reader] { import(session, *options, reader); });
}

}  // namespace

void add_import(CLI::App& app, Session& session) {
  CLI::App* verb =
      app.add_subcommand("import", "A policy from a backup script or a borgmatic configuration");
  verb->require_subcommand(1);
  add_kind(*verb, session, "cron-script",
           "Read a shell script or crontab of mysqldump, tar, rsync and find",
           &compiler::read_cron_script);
  add_kind(*verb, session, "borgmatic", "Read a configuration of borgmatic, flat or in sections",
           &compiler::read_borgmatic);
  verb->footer(
      "Examples:\n  backstay import cron-script /etc/cron.daily/backup -o controller.stay\n"
      "  backstay import borgmatic /etc/borgmatic/config.yaml");
}

}  // namespace backstay::cli
