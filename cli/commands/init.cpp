// backstay init: looks at this host and drafts a policy for what it found.
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/new_policy.hpp"
#include "cli/output_file.hpp"
#include "cli/survey/survey.hpp"
#include "compiler/draft/draft_policy.hpp"
#include "compiler/draft/policy_text.hpp"

namespace backstay::cli {
namespace {

struct InitOptions {
  std::string directory = ".";
  std::string root = "/";
  std::string output;
  std::string format = "text";
  bool openstack = false;
};

void say_summary(Session& session, const compiler::HostFacts& facts, const compiler::Draft& draft) {
  session.say(fmt::format("found {}: {}",
                          draft.services.size() == 1
                              ? "no service that the library knows; the policy keeps"
                              : fmt::format("{} services", draft.services.size()),
                          compiler::joined(draft.services)));
  if (!draft.databases.empty())
    session.say(fmt::format("database servers: {}", compiler::joined(draft.databases)));
  for (const std::string& each : facts.not_seen)
    session.say("not seen: " + each);
}

void draft_policy_file(Session& session,
                       const InitOptions& options,
                       const compiler::HostFacts& facts,
                       const compiler::Draft& draft) {
  const std::string file =
      options.output.empty()
          ? options.directory + "/" + compiler::declaration_name(facts.host) + ".stay"
          : options.output;
  const std::string shown = file.starts_with("./") ? file.substr(2) : file;
  if (const auto placed = place_new_policy(session, shown, draft.text); !placed) {
    session.fail(placed.error());
    return;
  }
  say_summary(session, facts, draft);
  const bool sound = report_findings(session, shown, draft.text);
  if (shown != "-") {
    session.say(
        fmt::format("wrote {}{}", shown, sound ? "" : ": the findings above are yours to mend"));
    session.say(fmt::format("read it, then: backstay plan {} -o {}", shown,
                            shown.substr(0, shown.rfind('.')) + ".plan.yaml"));
  }
}

void init(Session& session, const InitOptions& options) {
  const std::vector<compiler::LibraryProfile> profiles = compiler::library_profiles();
  const std::string root = options.root == "/" ? options.root : absolute_path(options.root);
  const auto facts = survey_host(root, profiles);
  if (!facts) {
    session.fail(facts.error());
    return;
  }
  if (options.format == "json") {
    session.print(facts_as_json(*facts));
    return;
  }
  const compiler::Draft draft = compiler::draft_policy(*facts, profiles, options.openstack);
  if (options.openstack && draft.openstack.empty()) {
    session.fail(ExitCode::RunFailed,
                 "no service of OpenStack was found: its directories (/etc/keystone, /etc/kolla …) "
                 "with units of it",
                 "without `--openstack` everything else on this host is looked for");
    return;
  }
  draft_policy_file(session, options, *facts, draft);
}

}  // namespace

void add_init(CLI::App& app, Session& session) {
  const auto options = std::make_shared<InitOptions>();
  CLI::App* verb = app.add_subcommand("init", "Look at this host and draft a policy for it");
  verb->add_option("DIR", options->directory, "Where the policy is written, as HOST.stay");
  verb->add_flag(
      "--openstack", options->openstack,
      "Only what the OpenStack library knows, databases and /etc; fail where there is none");
  verb->add_option("--root", options->root, "Look at the machine below this directory instead");
  verb->add_option("-o,--output", options->output, "Write this file; `-` prints the policy");
  verb->add_option("-f,--format", options->format,
                   "text drafts a policy; json prints what was seen and writes nothing")
      ->check(CLI::IsMember({"text", "json"}));
  verb->footer(
      "Nothing is changed but the one new file, which never replaces another.\n\n"
      "Examples:\n  backstay init\n  backstay init --openstack /etc/backstay/policies\n"
      "  backstay init --root /mnt/dead-machine -o -");
  verb->callback([options, &session] { init(session, *options); });
}

}  // namespace backstay::cli
