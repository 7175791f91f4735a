// prepare-sandbox, finish-drill: the scratch place of a drill, its servers, and their end.
#include <fmt/format.h>

#include "lang/base/units.hpp"
#include "runtime/drill/drill_run.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

/// An empty server's own files: its logs and system tables.
constexpr std::uint64_t kServerBytes = 192U << 20U;

std::uint64_t needed_bytes(const plan::PrepareSandbox& action, const DrillRun& run) {
  std::uint64_t bytes = action.servers.size() * kServerBytes;
  for (const DrillSource& source : run.sources) {
    for (const ComponentInfo& component : source.snapshot->components()) {
      if (source.files.components.contains(component.name))
        bytes += component.plain_bytes;
    }
  }
  return bytes;
}

Result<void> check_room(const plan::PrepareSandbox& action, StepContext& context) {
  DrillRun& run = *context.drill;
  std::string place = run.directory;
  while (place.size() > 1 && !exists(context.world.files, place))
    place = place.substr(0, std::max<std::size_t>(place.rfind('/'), 1));
  BACKSTAY_ASSIGN(const SpaceStatus space, context.world.files.space(place));
  const std::uint64_t needed = needed_bytes(action, run);
  if (needed <= space.free_bytes)
    return {};
  return Error{.kind = ErrorKind::NoSpace,
               .message = fmt::format("the drill needs about {} in `{}`, {} are free",
                                      to_human(ByteSize{needed}), run.directory,
                                      to_human(ByteSize{space.free_bytes})),
               .hint = "make room there, or name another place with --into"};
}

const plan::Server& facts_of(const std::string& name, const StepContext& context) {
  const plan::Server* facts = context.plan.server(name);
  BACKSTAY_CHECK(facts != nullptr, "plan::verify proves that the servers exist");
  return *facts;
}

}  // namespace

Result<void> execute(const plan::PrepareSandbox& action, StepContext& context) {
  BACKSTAY_CHECK(context.drill != nullptr, "a drill has a sandbox");
  DrillRun& run = *context.drill;
  BACKSTAY_TRY(check_room(action, context));
  BACKSTAY_ASSIGN(run.sandbox, Sandbox::claim(context.world, run.run_id, run.directory));
  for (const DrillSource& source : run.sources) {
    const std::string root = run.sandbox->root(source.summary.host);
    if (!exists(context.world.files, root))
      BACKSTAY_TRY(context.world.files.make_directory(root, 0755));
  }
  for (const std::string& name : action.servers) {
    BACKSTAY_ASSIGN(auto server,
                    find_scratch_server(facts_of(name, context), run.sandbox->server(name)));
    BACKSTAY_TRY(install_scratch_server(server, context.world, context.stop));
    ScratchServer& kept = run.servers.emplace(name, std::move(server)).first->second;
    if (!kept.data_files)
      BACKSTAY_TRY(start_scratch_server(kept, context.world, context.stop));
  }
  BACKSTAY_FAILPOINT("drill.sandbox-ready");
  return {};
}

Preview preview(const plan::PrepareSandbox& action, StepContext& context) {
  DrillRun& run = *context.drill;
  Preview lines = {{.text = fmt::format("sandbox `{}`, about {}", run.directory,
                                        to_human(ByteSize{needed_bytes(action, run)}))}};
  if (auto checked = check_sandbox(context.world.files, run.directory); !checked)
    lines.push_back({.problem = true, .text = to_string(checked.error())});
  if (auto checked = check_room(action, context); !checked)
    lines.push_back({.problem = true, .text = to_string(checked.error())});
  for (const std::string& name : action.servers) {
    const auto server =
        find_scratch_server(facts_of(name, context), run.directory + "/servers/" + name);
    lines.push_back(server
                        ? PreviewLine{.text = fmt::format(
                                          "for {}: {}{}", name, show_scratch_server(*server),
                                          server->data_files ? ", on the prepared data files" : "")}
                        : PreviewLine{.problem = true, .text = to_string(server.error())});
  }
  return lines;
}

Result<void> execute(const plan::FinishDrill& /*action*/, StepContext& context) {
  DrillRun& run = *context.drill;
  BACKSTAY_FAILPOINT("drill.finish");
  for (auto& [name, server] : run.servers) {
    if (server.process)
      server.process->stop();
  }
  if (!run.sandbox)
    return {};
  BACKSTAY_FAILPOINT("drill.servers-ended");
  return run.keep ? run.sandbox->keep() : run.sandbox->remove();
}

Preview preview(const plan::FinishDrill& /*action*/, StepContext& context) {
  return {{.text = context.drill->keep ? "ends the servers; the sandbox stays for a look around"
                                       : "ends the servers and removes the sandbox"}};
}

}  // namespace backstay::runtime
