// backstay diff: what changes between two plans, ranked by what it means for recovery.
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/commands/commands.hpp"
#include "cli/diff_output.hpp"
#include "cli/plan_version.hpp"

namespace backstay::cli {
namespace {

struct DiffCommandOptions {
  std::string before;
  std::string after;
  DiffOptions diff;
  std::vector<std::string> settings;
};

Result<void> compare(Session& session, const DiffCommandOptions& options) {
  BACKSTAY_ASSIGN(const plan::Plan before,
                  read_plan_version(session, options.before, options.settings));
  BACKSTAY_ASSIGN(const plan::Plan after,
                  read_plan_version(session, options.after, options.settings));
  show_diff(session, before, after, options.diff);
  return {};
}

}  // namespace

void add_diff(CLI::App& app, Session& session) {
  const auto options = std::make_shared<DiffCommandOptions>();
  CLI::App* verb = app.add_subcommand("diff", "Show what changes between two plans, worst first");
  verb->add_option("OLD", options->before, "A plan file, a policy, or REV:path of a git repository")
      ->required();
  verb->add_option("NEW", options->after, "Likewise")->required();
  verb->add_option("-f,--format", options->diff.format,
                   "text, md (a merge request's comment) or json")
      ->check(CLI::IsMember({"text", "md", "json"}));
  verb->add_option("--set", options->settings, "NAME=VALUE: a parameter of the policies")
      ->allow_extra_args(false);
  add_exit_code_option(*verb, options->diff);
  verb->footer(
      "Examples:\n  backstay diff main:controller.stay controller.stay\n"
      "  backstay diff --format md --exit-code old.plan.yaml controller.plan.yaml");
  verb->callback([options, &session] {
    if (const auto done = compare(session, *options); !done) {
      session.fail(done.error());
    }
  });
}

}  // namespace backstay::cli
