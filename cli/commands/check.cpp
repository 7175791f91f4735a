// backstay check: all findings of policies, offline.
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/commands/commands.hpp"
#include "cli/compile_policy.hpp"

namespace backstay::cli {
namespace {

struct Options {
  std::vector<std::string> files;
  std::vector<std::string> settings;
  std::string format = "text";
  std::string deny;
};

void show(Session& session, const Options& options, const Compilation& compilation) {
  if (options.format == "json") {
    session.print(lang::render_json(compilation.diagnostics, compilation.sources));
    return;
  }
  session.print(lang::render_all(compilation.diagnostics, compilation.sources,
                                 session.render_options(STDOUT_FILENO)));
}

void check(Session& session, const Options& options) {
  for (const std::string& file : options.files) {
    const auto compiled = compile_file(file, options.settings);
    if (!compiled) {
      session.fail(compiled.error());
      continue;
    }
    const auto& findings = compiled->diagnostics;
    show(session, options, *compiled);
    const bool denied = options.deny == "warnings" && findings.warning_count() > 0;
    if (findings.has_errors() || denied) {
      session.exit_code = ExitCode::Usage;
    } else {
      session.say(
          fmt::format("{}: {}", file, findings.warning_count() == 0 ? "no findings" : "no errors"));
    }
  }
}

}  // namespace

void add_check(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("check", "Report every mistake of a policy, offline");
  verb->add_option("FILE", options->files, "Policies to check")->required();
  verb->add_option("--deny", options->deny, "`warnings`: exit 2 on warnings as well")
      ->check(CLI::IsMember({"warnings"}));
  verb->add_option("-f,--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  verb->add_option("--set", options->settings, "NAME=VALUE: a parameter of the policy")
      ->allow_extra_args(false);
  verb->footer(
      "Examples:\n  backstay check controller.stay\n"
      "  backstay check --deny warnings --format json controller.stay");
  verb->callback([options, &session] { check(session, *options); });
}

}  // namespace backstay::cli
