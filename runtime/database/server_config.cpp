#include "runtime/database/server_config.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace backstay::runtime {
namespace {

/// Puts $1 in the place of $2 for itself alone, and becomes the rest of its words.
constexpr const char* kInPlace = R"(mount --bind -- "$1" "$2" || exit 125; shift 2; exec "$@")";
/// Of the script above: the namespace or the mount failed, not the server.
constexpr int kNoMount = 125;

/// The last lines that name an error, in one.
std::string what_it_says(const std::string& errors) {
  std::string said;
  std::size_t at = 0;
  while (at < errors.size()) {
    const std::size_t end = std::min(errors.find('\n', at), errors.size());
    const std::string line = errors.substr(at, end - at);
    if (line.find("ERROR") != std::string::npos || line.find("unknown") != std::string::npos)
      said += (said.empty() ? "" : "; ") + line;
    at = end + 1;
  }
  return said.empty() ? errors.substr(0, errors.find('\n')) : said;
}

}  // namespace

const plan::Server* configured_server(const StepContext& context) {
  for (const plan::Step& step : context.backup.restore) {
    const auto* starts = std::get_if<plan::StartUnits>(&step.action);
    const bool behind =
        std::find(step.after.begin(), step.after.end(), context.step.id) != step.after.end();
    if (starts == nullptr || !starts->restart || !behind || step.host != context.step.host)
      continue;
    const plan::Server* server = context.plan.server(starts->server);
    if (server != nullptr && server->kind == "mariadb")
      return server;
  }
  return nullptr;
}

Result<void> check_mariadb_config(const std::string& staged,
                                  const std::string& place,
                                  StepContext& context) {
  const auto server = find_program("mariadbd");
  const auto unshare = find_program("unshare");
  if (!server || !unshare || !exists(context.world.files, place))
    return {};
  Command command;
  command.program = *unshare;
  command.arguments = {"--mount", "--propagation", "private",  "--",   "/bin/sh",
                       "-c",      kInPlace,        "sh",       staged, place,
                       *server,   "--help",        "--verbose"};
  command.standard_output = [](std::span<const std::byte>) { return Result<void>(); };
  command.deadline = std::chrono::seconds(60);
  BACKSTAY_ASSIGN(const Exit exit, context.world.commands.run(command, context.stop));
  const bool no_namespace = exit.errors.find("unshare:") != std::string::npos;
  if (exit.ok() || exit.code == kNoMount || no_namespace)
    return {};
  return Error{.kind = ErrorKind::Verification,
               .message = fmt::format("the server would not start with the restored `{}`: {}",
                                      place, what_it_says(exit.errors)),
               .hint =
                   "what is there was not touched; restore another snapshot of it, or leave the "
                   "component out"};
}

}  // namespace backstay::runtime
