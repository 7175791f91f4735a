// expect-rows, expect-file, expect-run: what a drill must find in its sandbox.
#include <cctype>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/database/postgresql.hpp"
#include "runtime/database/postgresql_text.hpp"
#include "runtime/database/sql_text.hpp"
#include "runtime/drill/drill_run.hpp"
#include "runtime/steps/commands.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/system/descriptors.hpp"

namespace backstay::runtime {
namespace {

/// Notes what was found; an expectation that is not met fails its step.
Result<void> note(StepContext& context, bool met, std::string what) {
  context.drill->findings.push_back({.step = context.step.id, .what = what, .met = met});
  if (met)
    return {};
  return Error{.kind = ErrorKind::Verification, .message = std::move(what)};
}

ServerCall call_of(const StepContext& context) {
  return {.runner = context.world.commands,
          .stop = context.stop,
          .deadline = std::chrono::seconds(context.step.timeout.seconds)};
}

Result<Rows> count(const plan::ExpectRows& action,
                   const plan::Server& server,
                   StepContext& context) {
  if (server.kind == "mariadb") {
    BACKSTAY_ASSIGN(const auto client, MariadbServer::open(server, call_of(context)));
    return client.query(fmt::format("SELECT COUNT(*) FROM {}.{};", quote_name(action.database),
                                    quote_name(action.table)));
  }
  BACKSTAY_ASSIGN(const auto client, PostgresServer::open(server, call_of(context)));
  // `schema.table`, or a table on the database's own search path.
  const std::size_t dot = action.table.find('.');
  const std::string table = dot == std::string::npos
                                ? quote_identifier(action.table)
                                : quote_identifier(action.table.substr(0, dot)) + "." +
                                      quote_identifier(action.table.substr(dot + 1));
  return client.query(action.database, fmt::format("SELECT count(*) FROM {};", table), 1);
}

/// Below the root as below `/`: a link in it, also an absolute one, never leads out of it.
bool is_below(const std::string& root, const std::string& path) {
  const Descriptor top(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));

  struct open_how how {};

  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  const Descriptor found(
      static_cast<int>(::syscall(SYS_openat2, top.get(), path.c_str(), &how, sizeof how)));
  return found.get() >= 0;
}

/// Where the files lie that an expectation is about: its host's, or those of the only one.
std::string root_of(const StepContext& context) {
  const DrillRun& run = *context.drill;
  const std::string& host = source_host(context.step);
  for (const DrillSource& source : run.sources) {
    if (source.summary.host == host)
      return drill_root(run, host);
  }
  return drill_root(run, run.sources.front().summary.host);
}

/// `control-db` → `BACKSTAY_SOCKET_CONTROL_DB`
std::string variable_of(const std::string& server) {
  std::string name = "BACKSTAY_SOCKET_";
  for (const char letter : server) {
    const auto byte = static_cast<unsigned char>(letter);
    name += std::isalnum(byte) != 0 ? static_cast<char>(std::toupper(byte)) : '_';
  }
  return name;
}

std::map<std::string, std::string> environment_of(const StepContext& context) {
  const DrillRun& run = *context.drill;
  std::map<std::string, std::string> environment = {
      {"BACKSTAY_DRILL", run.drill.name},
      {"BACKSTAY_SANDBOX", run.directory},
      {"BACKSTAY_SANDBOX_ROOT", root_of(context)},
  };
  for (const auto& [name, server] : run.servers)
    environment[variable_of(name)] = server.socket();
  return environment;
}

}  // namespace

Result<void> execute(const plan::ExpectRows& action, StepContext& context) {
  const std::string table = action.database + "." + action.table;
  const plan::Server* server = context.plan.server(action.server);
  if (server == nullptr)
    return note(context, false, fmt::format("no drilled service has database {}", action.database));
  const auto rows = count(action, *server, context);
  if (!rows)
    return note(context, false, fmt::format("{}: {}", table, to_string(rows.error())));
  const std::string text = rows->size() == 1 && rows->front().size() == 1 ? rows->front()[0] : "";
  const bool met = !text.empty() && std::stoll(text) >= action.at_least;
  return note(
      context, met,
      fmt::format("{} has {} rows, at least {} are expected", table, text, action.at_least));
}

Preview preview(const plan::ExpectRows& action, StepContext& context) {
  const bool known = context.plan.server(action.server) != nullptr;
  return {{.problem = !known,
           .unknown = known,
           .text = fmt::format("whether {}.{} has at least {} rows", action.database, action.table,
                               action.at_least)}};
}

Result<void> execute(const plan::ExpectFile& action, StepContext& context) {
  const bool met = is_below(root_of(context), action.path);
  return note(context, met,
              fmt::format("{} is {}", action.path, met ? "there" : "not in the sandbox"));
}

Preview preview(const plan::ExpectFile& action, StepContext& /*context*/) {
  return {{.unknown = true, .text = fmt::format("whether {} is there", action.path)}};
}

Result<void> execute(const plan::ExpectRun& action, StepContext& context) {
  auto command = command_of(action.command);
  if (!command)
    return note(context, false, to_string(command.error()));
  command->environment = environment_of(context);
  BACKSTAY_ASSIGN(const Exit exit, context.world.commands.run(*command, context.stop));
  auto accepted = accept_exit(action.command, action.accepts, exit);
  if (accepted)
    return note(context, true, fmt::format("`{}` was accepted", shell_words(action.command)));
  const Error& error = accepted.error();
  return note(context, false,
              error.hint.empty() ? error.message : error.message + ": " + error.hint);
}

Preview preview(const plan::ExpectRun& action, StepContext& /*context*/) {
  return {preview_command(action.command)};
}

}  // namespace backstay::runtime
