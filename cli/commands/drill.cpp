// backstay drill: what a drill of a plan would do. This version does not carry one out, and says
// so.
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/commands/commands.hpp"
#include "cli/plan_file.hpp"
#include "compiler/plan/plan_text_steps.hpp"
#include "lang/base/suggest.hpp"
#include "runtime/steps/support.hpp"

namespace backstay::cli {
namespace {

struct Options {
  std::string plan;
  std::string drill;
  bool dry_run = false;
};

Result<const plan::Drill*> choose(const plan::Plan& plan, const std::string& name) {
  if (name.empty() && plan.drills.size() == 1) {
    return &plan.drills.front();
  }
  if (const plan::Drill* found = plan.drill(name)) {
    return found;
  }
  std::vector<std::string> names;
  for (const plan::Drill& drill : plan.drills) {
    names.push_back(drill.name);
  }
  if (names.empty()) {
    return Error{.kind = ErrorKind::Usage,
                 .message = fmt::format("the plan of `{}` has no drill", plan.policy),
                 .hint = "declare one in the policy: `drill NAME { … }`"};
  }
  return Error{
      .kind = ErrorKind::Usage,
      .message = name.empty()
                     ? fmt::format("the plan of `{}` holds {} drills", plan.policy, names.size())
                     : fmt::format("the plan of `{}` has no drill `{}`", plan.policy, name),
      .hint = name.empty() ? "name one with --drill" : did_you_mean(name, names)};
}

void drill(Session& session, const Options& options) {
  const auto file = read_plan_file(options.plan);
  if (!file) {
    session.fail(file.error());
    return;
  }
  const auto chosen = choose(file->plan, options.drill);
  if (!chosen) {
    session.fail(chosen.error());
    return;
  }
  const plan::Drill& drill = **chosen;
  if (options.dry_run) {
    const plan::PlanTextOptions text{.color = session.use_color(STDOUT_FILENO),
                                     .unicode = Session::use_unicode()};
    plan::TextPage page(text);
    plan::steps_text(page, fmt::format("Steps of drill {} from {}", drill.name, drill.target),
                     drill.steps, text);
    session.print(page.take());
  }
  if (const auto refusal = runtime::find_unsupported(file->plan, drill.steps)) {
    session.fail(*refusal);
  }
}

}  // namespace

void add_drill(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("drill", "Show the steps of a drill (not carried out yet)");
  verb->add_option("PLAN", options->plan, "A plan written by `backstay plan -o`")->required();
  verb->add_option("--drill", options->drill, "Which drill, where the plan holds several");
  verb->add_flag("--dry-run", options->dry_run, "Show its steps");
  verb->footer("Example:\n  backstay drill controller.plan.yaml --dry-run");
  verb->callback([options, &session] { drill(session, *options); });
}

}  // namespace backstay::cli
