// backstay plan: policy → plan, shown or written.
#include "compiler/plan/plan.hpp"

#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/approval_gate.hpp"
#include "cli/commands/commands.hpp"
#include "cli/compile_policy.hpp"
#include "cli/diff_output.hpp"
#include "cli/output_file.hpp"
#include "cli/plan_host.hpp"
#include "cli/plan_version.hpp"
#include "cli/standard_error.hpp"
#include "compiler/plan/plan_text.hpp"
#include "compiler/plan/plan_yaml.hpp"
#include "runtime/steps/support.hpp"

namespace backstay::cli {
namespace {

struct PlanOptions {
  std::string file;
  std::string output;
  std::string against;
  DiffOptions diff;
  std::string format = "text";
  std::string host;
  std::vector<std::string> settings;
};

// md and json are those of a difference, yaml that of a plan: nothing is printed in another form
// than was asked for.
Result<void> check_format(const PlanOptions& options) {
  const bool plan_alone = options.format == "yaml";
  const bool difference_alone = options.format == "md" || options.format == "json";
  if (options.against.empty() && difference_alone) {
    return Error{.kind = ErrorKind::Usage,
                 .message = fmt::format("a plan is not printed as {}", options.format),
                 .hint = "`--format text` or `yaml`; with --against `text`, `md` or `json`"};
  }
  if (!options.against.empty() && plan_alone) {
    return Error{.kind = ErrorKind::Usage,
                 .message = "a difference is not printed as yaml",
                 .hint = "with --against: `--format text`, `md` or `json`; without it `yaml` too"};
  }
  return {};
}

void show(Session& session, const PlanOptions& options, const plan::Plan& plan) {
  if (options.format == "yaml") {
    plan::write_yaml(plan, [&session](std::string_view piece) { session.print(piece); });
    return;
  }
  session.print(plan::to_text(plan, {.color = session.use_color(STDOUT_FILENO),
                                     .unicode = Session::use_unicode(),
                                     .host = options.host,
                                     .notes = runtime::support_notes(plan)}));
  session.print(approval_line(session, plan, options.host));
}

void write(Session& session, const PlanOptions& options, const plan::Plan& plan) {
  std::string digest;
  const auto written = write_output_pieces(
      options.output, [&](const PieceSink& sink) { digest = plan::write_yaml(plan, sink); });
  if (!written) {
    session.fail(written.error());
    return;
  }
  session.say(fmt::format("wrote {} (sha256:{})", options.output, digest.substr(0, 12)));
}

void tell_approval(Session& session, const PlanOptions& options, const plan::Plan& plan) {
  std::string line = approval_line(session, plan, options.host);
  if (!line.empty()) {
    line.pop_back();
    session.say(line);
  }
}

void compare(Session& session, const PlanOptions& options, const plan::Plan& plan) {
  const auto before = read_plan_version(session, options.against, options.settings);
  if (!before) {
    session.fail(before.error());
    return;
  }
  DiffOptions diff = options.diff;
  diff.format = options.format;
  show_diff(session, *before, plan, diff);
}

void make_plan(Session& session, const PlanOptions& options) {
  if (const auto fits = check_format(options); !fits) {
    session.fail(fits.error());
    return;
  }
  const auto compiled = compile_file(options.file, options.settings);
  if (!compiled) {
    session.fail(compiled.error());
    return;
  }
  const std::string findings = lang::render_all(compiled->diagnostics, compiled->sources,
                                                session.render_options(STDERR_FILENO));
  write_stderr(findings);
  if (!compiled->plan) {
    session.exit_code = ExitCode::Usage;
    return;
  }
  if (const auto known = check_host(*compiled->plan, options.host); !known) {
    session.fail(known.error());
    return;
  }
  if (!options.output.empty()) {
    write(session, options, *compiled->plan);
    tell_approval(session, options, *compiled->plan);
  }
  if (!options.against.empty()) {
    compare(session, options, *compiled->plan);
  } else if (options.output.empty()) {
    show(session, options, *compiled->plan);
  }
}

}  // namespace

void add_plan(CLI::App& app, Session& session) {
  const auto options = std::make_shared<PlanOptions>();
  CLI::App* verb = app.add_subcommand("plan", "Compile a policy; print the plan or write it");
  verb->add_option("FILE", options->file, "The policy")->required();
  verb->add_option("-o,--output", options->output,
                   "Write the plan to this file instead of printing it");
  verb->add_option("-f,--format", options->format,
                   "What to print: text or yaml; with --against text, md or json")
      ->check(CLI::IsMember({"text", "yaml", "md", "json"}));
  verb->add_option("--against", options->against,
                   "Show what changes against this plan file, policy or REV:path instead");
  verb->add_option("--host", options->host, "Show the steps of this host only");
  add_exit_code_option(*verb, options->diff);
  verb->add_option("--set", options->settings, "NAME=VALUE: a parameter of the policy")
      ->allow_extra_args(false);
  verb->footer(
      "Examples:\n  backstay plan controller.stay\n"
      "  backstay plan controller.stay -o controller.plan.yaml\n"
      "  backstay plan controller.stay --against main:controller.stay --exit-code");
  verb->callback([options, &session] { make_plan(session, *options); });
}

}  // namespace backstay::cli
