// backstay show: a plan file as text.
#include <memory>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "cli/commands/commands.hpp"
#include "cli/plan_file.hpp"
#include "compiler/plan/plan_text.hpp"

namespace backstay::cli {

void add_show(CLI::App& app, Session& session) {
  const auto path = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("show", "Show a plan file as a reviewer reads it");
  verb->add_option("PLAN", *path, "A plan written by `backstay plan -o`")->required();
  verb->footer("Example:\n  backstay show controller.plan.yaml");
  verb->callback([path, &session] {
    const auto file = read_plan_file(*path);
    if (!file) {
      session.fail(file.error());
      return;
    }
    session.print(plan::to_text(file->plan, {.color = session.use_color(STDOUT_FILENO),
                                             .unicode = Session::use_unicode()}));
  });
}

}  // namespace backstay::cli
