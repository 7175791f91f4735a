// backstay fetch: a mirror or a replica, brought back.
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands/commands.hpp"
#include "cli/execution.hpp"
#include "cli/output_file.hpp"
#include "cli/plan_file.hpp"
#include "lang/base/units.hpp"
#include "runtime/mirror/fetch_tree.hpp"
#include "runtime/mirror/mirror.hpp"
#include "runtime/mirror/replicas.hpp"

namespace backstay::cli {
namespace {

struct FetchOptions {
  std::string plan;
  std::string step;
  std::string host;
  std::string to;
};

/// Where it lies, and what is to lie there.
struct Found {
  runtime::FarPlace place;
  std::string files;
  runtime::TreeSheet sheet;
};

Result<const plan::Step*> step_of(const plan::Plan& plan, const std::string& id) {
  std::vector<std::string> ids;
  for (const plan::Backup& backup : plan.backups) {
    for (const plan::Step& step : backup.backup) {
      if (!std::holds_alternative<plan::MirrorTree>(step.action) &&
          !std::holds_alternative<plan::ReplicateFiles>(step.action))
        continue;
      if (step.id == id)
        return &step;
      ids.push_back("`" + step.id + "`");
    }
  }
  return Error{
      .kind = ErrorKind::Usage,
      .message = fmt::format("the plan has no mirror or replica `{}`", id),
      .hint = ids.empty() ? "it has none at all" : fmt::format("it has {}", fmt::join(ids, ", "))};
}

Result<Found> find_mirror(runtime::World& world,
                          const plan::Plan& plan,
                          const plan::Step& step,
                          const plan::MirrorTree& action,
                          const std::stop_token& stop) {
  const plan::Target* target = plan.target(action.target);
  BACKSTAY_CHECK(target != nullptr, "plan::verify proves that the target exists");
  BACKSTAY_ASSIGN(runtime::FarPlace place, runtime::FarPlace::of_target(world, plan, *target));
  const runtime::MirrorRequest request{.policy = plan.policy,
                                       .host = step.host,
                                       .service = action.service,
                                       .path = action.path,
                                       .memory = {}};
  BACKSTAY_ASSIGN(runtime::TreeSheet sheet, runtime::read_mirror_sheet(place, request, stop));
  std::string files = runtime::mirror_directory(place, request) + "/current";
  return Found{std::move(place), std::move(files), std::move(sheet)};
}

// The first host that gives its sheet, or the one that is asked for.
Result<Found> find_replica(runtime::World& world,
                           const plan::Plan& plan,
                           const plan::ReplicateFiles& action,
                           const std::string& only,
                           const std::stop_token& stop) {
  Error last{.kind = ErrorKind::Usage,
             .message = fmt::format("`{}` is no host of group {}", only, action.group)};
  for (const std::string& host : action.hosts) {
    if (!only.empty() && host != only)
      continue;
    BACKSTAY_ASSIGN(runtime::FarPlace place,
                    runtime::FarPlace::of_host(world, plan, host, "", runtime::kReplicas));
    const std::string directory = runtime::replica_directory(place, action.service, action.path);
    auto sheet = runtime::read_replica_sheet(place, directory, stop);
    if (sheet)
      return Found{std::move(place), directory + "/current/files", *std::move(sheet)};
    last = std::move(sheet).error();
  }
  return last;
}

Result<void> fetch(Execution& execution, Session& session, const FetchOptions& options) {
  BACKSTAY_ASSIGN(const PlanFile file, read_plan_file(options.plan));
  BACKSTAY_ASSIGN(const plan::Step* const step, step_of(file.plan, options.step));
  const auto* mirror = std::get_if<plan::MirrorTree>(&step->action);
  const auto* replica = std::get_if<plan::ReplicateFiles>(&step->action);
  const std::stop_token stop = execution.stop();
  BACKSTAY_ASSIGN(const Found found,
                  mirror != nullptr
                      ? find_mirror(execution.world(), file.plan, *step, *mirror, stop)
                      : find_replica(execution.world(), file.plan, *replica, options.host, stop));
  const std::string to = absolute_path(options.to);
  const auto progress = [&](std::uint64_t bytes) {
    execution.events().progress(step->id, bytes, to);
  };
  BACKSTAY_ASSIGN(const runtime::FetchReport report,
                  runtime::fetch_tree(execution.world(), found.place, found.files, found.sheet, to,
                                      progress, stop));
  for (const std::string& note : report.notes)
    execution.events().warning(step->id, note);
  session.print(fmt::format("{}: {} files, {}, compared with their hashes, from {}\n", to,
                            report.files, to_human(ByteSize{report.bytes}),
                            found.place.describe()));
  return {};
}

}  // namespace

void add_fetch(CLI::App& app, Session& session) {
  const auto options = std::make_shared<FetchOptions>();
  CLI::App* verb = app.add_subcommand("fetch", "Bring a mirror or a replica back");
  verb->add_option("PLAN", options->plan, "A plan file")->required();
  verb->add_option("STEP", options->step, "The step that keeps it: `backstay show PLAN`")
      ->required();
  verb->add_option("--to", options->to,
                   "Directory that is made, or is there and empty: also the tree's own place")
      ->required();
  verb->add_option("--host", options->host,
                   "A replica of this host (default: the first that has one)");
  verb->footer(
      "Every file is compared with its hash first; owners, modes and links come back too.\n\n"
      "Examples:\n"
      "  backstay fetch images.plan.yaml mirror.glance.images.backup-server@ctl01 \\\n"
      "    --to /var/lib/glance/images\n"
      "  backstay fetch rings.plan.yaml replicate.swift.swift.storage@ctl01 --host stor02 --to "
      "/etc/swift");
  verb->callback([options, &session] {
    Execution execution(session, OutputFormat::Text);
    if (const auto done = fetch(execution, session, *options); !done)
      execution.fail(done.error());
  });
}

}  // namespace backstay::cli
