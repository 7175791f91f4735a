// backstay recover: put right what dead runs left.
#include "runtime/recover/recover.hpp"

#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/execution.hpp"

namespace backstay::cli {
namespace {

struct RecoverOptions {
  std::string run;
  std::string forget;
};

void show(Session& session, runtime::Events& events, const runtime::Recovery& recovery) {
  for (const std::string& run : recovery.alive) {
    session.say(fmt::format("run {} goes on, and puts things right itself", run));
  }
  for (const std::string& run : recovery.ended) {
    events.warning("", fmt::format("run {} hung past its deadline and was killed", run));
  }
  for (const runtime::Recovered& undo : recovery.undos) {
    if (undo.error) {
      session.fail(
          Error(*undo.error).while_doing(fmt::format("run {} left to {}", undo.run_id, undo.what)));
    } else {
      session.print(fmt::format("run {}: {}\n", undo.run_id, undo.what));
    }
  }
  if (recovery.undos.empty() && recovery.alive.empty()) {
    session.say("no dead run left anything to be put right");
  }
}

void recover(Session& session, const RecoverOptions& options) {
  Execution execution(session, OutputFormat::Text);
  if (!options.forget.empty()) {
    const auto dropped = runtime::forget_pending(execution.world(), options.forget);
    if (!dropped) {
      session.fail(dropped.error());
      return;
    }
    for (const std::string& what : *dropped) {
      session.print(fmt::format("run {}: not done: {}\n", options.forget, what));
    }
    return;
  }
  const auto recovery = runtime::recover(execution.world(), options.run, execution.stop());
  if (!recovery) {
    session.fail(recovery.error());
    return;
  }
  show(session, execution.events(), *recovery);
}

}  // namespace

void add_recover(CLI::App& app, Session& session) {
  const auto options = std::make_shared<RecoverOptions>();
  CLI::App* verb = app.add_subcommand(
      "recover", "Put right what killed runs left: start stopped units, run pending hooks");
  verb->add_option("--run", options->run, "Only of this run");
  verb->add_option("--forget", options->forget,
                   "Drop what this dead run left to be done, where it cannot or must not be done");
  verb->footer(
      "A run that stops units or runs hooks notes the way back first. When it dies, a timer calls\n"
      "this within seconds, and a unit does at boot; every run begins with it. By hand it is "
      "never\n"
      "wrong: what is right already stays as it is.\n\n"
      "Examples:\n  backstay recover\n  backstay recover --forget 20261122T023000Z-1a2b3c4d");
  verb->callback([options, &session] { recover(session, *options); });
}

}  // namespace backstay::cli
