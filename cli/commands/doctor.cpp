// backstay doctor: everything that keeps a backup or a restore from working, and what mends it.
#include "cli/doctor/doctor.hpp"

#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/commands/commands.hpp"
#include "cli/execution.hpp"
#include "cli/output_file.hpp"

namespace backstay::cli {
namespace {

struct DoctorOptions {
  std::vector<std::string> plans;
  std::string identity;
  std::string format = "text";
  bool send = false;
};

void look_at_plan(DoctorCall& call, const std::string& path) {
  const auto file = read_plan_file(absolute_path(path));
  if (!file) {
    call.add_error("plan", file.error());
    return;
  }
  look_at_tools(call, file->plan);
  look_at_databases(call, file->plan);
  look_at_approval(call, file->plan);
  look_at_keys(call, file->plan);
  look_at_earlier_keys(call, file->plan);
  look_at_targets(call, file->plan);
  look_at_backups(call, *file);
  look_at_notifies(call, file->plan);
}

// Findings from `from` on are of this plan; those before are of the machine.
void spell_out(DoctorCall& call, std::size_t from, const std::string& plan) {
  for (std::size_t at = from; at < call.findings.size(); ++at) {
    DoctorFinding& found = call.findings[at];
    found.text = as_typed(found.text, call.session, plan);
    found.mend = as_typed(found.mend, call.session, plan);
  }
}

ExitCode exit_code_of(const std::vector<DoctorFinding>& findings) {
  const auto any = [&](const auto& is) {
    return std::any_of(findings.begin(), findings.end(), is);
  };
  if (any([](const DoctorFinding& each) { return each.missing_tool; })) {
    return ExitCode::ToolMissing;
  }
  return any([](const DoctorFinding& each) { return each.health == Health::Problem; })
             ? ExitCode::ObjectiveViolated
             : ExitCode::Done;
}

void doctor(Session& session, const DoctorOptions& options) {
  Execution execution(session, OutputFormat::Text);
  DoctorCall call{.session = session,
                  .world = execution.world(),
                  .identity = options.identity,
                  .send = options.send,
                  .stop = execution.stop()};
  look_at_clock(call);
  look_at_what_is_pending(call);
  spell_out(call, 0, "");
  for (const std::string& plan : options.plans) {
    const std::size_t before = call.findings.size();
    look_at_plan(call, plan);
    spell_out(call, before, plan);
  }
  session.print(options.format == "json" ? findings_as_json(call.findings)
                                         : findings_as_text(call.findings));
  if (session.exit_code == ExitCode::Done) {
    session.exit_code = exit_code_of(call.findings);
  }
}

}  // namespace

void add_doctor(CLI::App& app, Session& session) {
  const auto options = std::make_shared<DoctorOptions>();
  CLI::App* verb =
      app.add_subcommand("doctor", "What keeps backups from working here, and what mends it");
  verb->add_option("PLAN", options->plans, "Plan files; without one, the machine alone");
  verb->add_option("--identity", options->identity,
                   "Prove with this identity that what is sealed opens again");
  verb->add_flag("--send", options->send, "Send a test notice by every way that tells of failures");
  verb->add_option("-f,--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  verb->footer(
      "Nothing is changed. Exit 0: no problem (warnings may be); 6: a problem; 69: a tool is "
      "missing.\n\n"
      "Examples:\n  backstay doctor\n  backstay doctor /etc/backstay/*.plan.yaml\n"
      "  backstay doctor controller.plan.yaml --identity offline-key.txt");
  verb->callback([options, &session] { doctor(session, *options); });
}

}  // namespace backstay::cli
