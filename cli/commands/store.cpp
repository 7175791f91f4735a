// backstay store: making a store and registering it on this host.
#include "runtime/store/store.hpp"

#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/plan_file.hpp"
#include "runtime/system/environment.hpp"

namespace backstay::cli {
namespace {

struct Options {
  std::string plan;
  std::string target;
};

Result<void> init(Session& session, const Options& options) {
  BACKSTAY_ASSIGN(const PlanFile file, read_plan_file(options.plan));
  if (!options.target.empty() && file.plan.target(options.target) == nullptr) {
    return Error{.kind = ErrorKind::Usage,
                 .message = fmt::format("the plan holds no target `{}`", options.target)};
  }
  runtime::RealFilesystem files;
  const auto directories =
      runtime::find_directories({.config = session.config_dir, .state = session.state_dir});
  for (const plan::Target& target : file.plan.targets) {
    if (!options.target.empty() && target.name != options.target) {
      continue;
    }
    BACKSTAY_ASSIGN(const auto store,
                    runtime::init_store(files, directories, target.path, target.name));
    session.say(fmt::format("{} store {} at {} as target `{}`",
                            store.created ? "made and registered" : "registered the existing",
                            store.uuid, target.path, target.name));
  }
  return {};
}

}  // namespace

void add_store(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("store", "Make a store");
  verb->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  CLI::App* make = verb->add_subcommand(
      "init", "Make the stores of a plan's targets, or register existing ones on this host");
  make->add_option("PLAN", options->plan, "The plan whose targets are meant")->required();
  make->add_option("--target", options->target, "Only this target");
  make->footer(
      "A run never makes a store by itself, so that an unmounted disk is never filled.\n\n"
      "Example:\n  backstay store init controller.plan.yaml");
  make->callback([options, &session] {
    if (const auto done = init(session, *options); !done) {
      session.fail(done.error());
    }
  });
}

}  // namespace backstay::cli
