// backstay graph: the steps of a plan as a drawing.
#include "compiler/plan/graph.hpp"

#include <memory>

#include <CLI/CLI.hpp>

#include "cli/commands/commands.hpp"
#include "cli/plan_version.hpp"

namespace backstay::cli {
namespace {

struct GraphOptions {
  std::string file;
  std::string format = "dot";
  std::vector<std::string> settings;
};

void draw(Session& session, const GraphOptions& options) {
  const auto plan = read_plan_version(session, options.file, options.settings);
  if (!plan) {
    session.fail(plan.error());
    return;
  }
  session.print(plan::to_graph(
      *plan, options.format == "mermaid" ? plan::GraphFormat::Mermaid : plan::GraphFormat::Dot));
}

}  // namespace

void add_graph(CLI::App& app, Session& session) {
  const auto options = std::make_shared<GraphOptions>();
  CLI::App* verb = app.add_subcommand("graph", "Draw the steps of a plan and their order");
  verb->add_option("PLAN", options->file, "A plan file, a policy or REV:path")->required();
  verb->add_option("-f,--format", options->format, "dot (the default) or mermaid")
      ->check(CLI::IsMember({"dot", "mermaid"}));
  verb->add_option("--set", options->settings, "NAME=VALUE: a parameter of the policy")
      ->allow_extra_args(false);
  verb->footer(
      "Examples:\n  backstay graph controller.stay | dot -Tsvg -o controller.svg\n"
      "  backstay graph controller.plan.yaml --format mermaid");
  verb->callback([options, &session] { draw(session, *options); });
}

}  // namespace backstay::cli
