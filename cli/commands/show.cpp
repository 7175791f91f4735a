// backstay show: a plan file as text.
#include <memory>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "cli/approval_gate.hpp"
#include "cli/commands/commands.hpp"
#include "cli/plan_file.hpp"
#include "cli/plan_host.hpp"
#include "compiler/plan/plan_text.hpp"
#include "runtime/steps/support.hpp"

namespace backstay::cli {
namespace {

struct ShowOptions {
  std::string plan;
  std::string host;
};

}  // namespace

void add_show(CLI::App& app, Session& session) {
  const auto options = std::make_shared<ShowOptions>();
  CLI::App* verb = app.add_subcommand("show", "Show a plan file as a reviewer reads it");
  verb->add_option("PLAN", options->plan, "A plan written by `backstay plan -o`")->required();
  verb->add_option("--host", options->host, "Show the steps of this host only");
  verb->footer("Example:\n  backstay show controller.plan.yaml");
  verb->callback([options, &session] {
    const auto file = read_plan_file(options->plan);
    if (!file) {
      session.fail(file.error());
      return;
    }
    if (const auto known = check_host(file->plan, options->host); !known) {
      session.fail(known.error());
      return;
    }
    session.print(plan::to_text(file->plan, {.color = session.use_color(STDOUT_FILENO),
                                             .unicode = Session::use_unicode(),
                                             .host = options->host,
                                             .notes = runtime::support_notes(file->plan)}));
    session.print(approval_line(session, file->plan, options->host));
  });
}

}  // namespace backstay::cli
