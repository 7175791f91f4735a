// backstay export: a plan for another engine.
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/ansible_export.hpp"
#include "cli/commands/commands.hpp"
#include "cli/execution.hpp"
#include "cli/output_file.hpp"
#include "cli/plan_file.hpp"

namespace backstay::cli {
namespace {

struct ExportOptions {
  std::string plan;
  std::string directory;
  ExportWords words;
};

Result<void> export_plan(Session& session, const ExportOptions& options) {
  BACKSTAY_ASSIGN(const auto file, read_plan_file(options.plan));
  Execution execution(session, OutputFormat::Text);
  BACKSTAY_ASSIGN(const auto names, write_export(execution.world(), file, options.words,
                                                 absolute_path(options.directory)));
  (void)names;
  session.say(fmt::format("wrote {}: begin with its README.md", options.directory));
  return {};
}

}  // namespace

void add_export(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("export", "Write a plan for another engine");
  verb->require_subcommand(1);
  const auto options = std::make_shared<ExportOptions>();
  CLI::App* ansible = verb->add_subcommand(
      "ansible", "A role, playbooks and an inventory that run the plan on all of its hosts");
  ansible->add_option("PLAN", options->plan, "A plan written by `backstay plan -o`")->required();
  ansible->add_option("-o,--output", options->directory, "Directory: empty, or an earlier export")
      ->required();
  ansible->add_option("--inventory", options->words.inventory,
                      "Your inventory, of any kind that Ansible reads (Kolla-Ansible's, "
                      "OpenStack-Ansible's); default: one is written from the plan");
  ansible
      ->add_option("--map", options->words.maps,
                   "HOST=NAME: what a host of the plan is called in that inventory")
      ->allow_extra_args(false);
  ansible->add_option("--approvals", options->words.approvals,
                      "Directory with the approvals POLICY@HOST (default: where `approve` puts "
                      "them)");
  ansible->add_option("--forks", options->words.forks, "Hosts at once (default: 20)")
      ->check(CLI::Range(1, 1000));
  ansible->footer(
      "Nothing secret is written. The hosts run the whole plan as it was approved.\n\n"
      "Examples:\n  backstay export ansible cloud.plan.yaml -o cloud\n"
      "  backstay export ansible cloud.plan.yaml -o cloud --inventory /etc/kolla/multinode\n"
      "  cd cloud && ansible-playbook backup.yml --check");
  ansible->callback([options, &session] {
    if (const auto done = export_plan(session, *options); !done) {
      session.fail(done.error());
    }
  });
}

}  // namespace backstay::cli
