#include "cli/diff_output.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "compiler/calendar/longest_gap.hpp"
#include "compiler/plan/plan_diff.hpp"
#include "compiler/plan/plan_diff_text.hpp"

namespace backstay::cli {

void add_exit_code_option(CLI::App& verb, DiffOptions& options) {
  verb.add_flag("--exit-code", options.exit_code, "Exit 4 where there is a difference");
}

void show_diff(Session& session,
               const plan::Plan& before,
               const plan::Plan& after,
               const DiffOptions& options) {
  const plan::PlanDiff diff = plan::diff(before, after, compiler::longest_gap);
  if (options.format == "json") {
    session.print(plan::to_json(diff));
  } else if (options.format == "md") {
    session.print(plan::to_markdown(diff));
  } else {
    session.print(plan::to_text(
        diff, {.color = session.use_color(STDOUT_FILENO), .unicode = Session::use_unicode()}));
  }
  if (diff.orphans()) {
    session.fail(
        ExitCode::Usage, "BST0910: a service came under another name, and its history stays behind",
        "add the `moved` line that the difference names; `backstay explain BST0910` says why");
  } else if (options.exit_code && !diff.changes.empty()) {
    session.exit_code = ExitCode::Changes;
  }
}

}  // namespace backstay::cli
