// backstay explain: a finding; or a path, a step or a schedule of a policy.
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/commands/commands.hpp"
#include "cli/commands/explain_code.hpp"
#include "cli/commands/explain_policy.hpp"

namespace backstay::cli {
namespace {

void explain(Session& session, const ExplainOptions& options) {
  if (options.word.empty()) {
    list_codes(session, options.format);
  } else if (!options.file.empty()) {
    explain_in_policy(session, options);
  } else if (options.word.starts_with("/")) {
    session.fail(ExitCode::Usage, "a path is explained by a policy",
                 "backstay explain " + options.word + " FILE.stay");
  } else {
    explain_code(session, options.word, options.format);
  }
}

}  // namespace

void add_explain(CLI::App& app, Session& session) {
  const auto options = std::make_shared<ExplainOptions>();
  CLI::App* verb = app.add_subcommand(
      "explain", "Explain a finding; or a path, a step or a schedule of a policy");
  verb->add_option(
      "WORD", options->word,
      "A code such as BST0301; with FILE a path, a step's id or a schedule; without it "
      "all codes are listed");
  verb->add_option("FILE", options->file, "The policy that a path, step or schedule is of");
  verb->add_option("--now", options->now, "DATE: the day from which a schedule is shown");
  verb->add_option("-f,--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  verb->add_option("--set", options->settings, "NAME=VALUE: a parameter of the policy")
      ->allow_extra_args(false);
  verb->footer(
      "Examples:\n  backstay explain BST0301\n"
      "  backstay explain /var/lib/nova/instances controller.stay\n"
      "  backstay explain archive.nova.etc@ctl01 controller.stay\n"
      "  backstay explain nightly controller.stay --now 2027-03-20");
  verb->callback([options, &session] { explain(session, *options); });
}

}  // namespace backstay::cli
