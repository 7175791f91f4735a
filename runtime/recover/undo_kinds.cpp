#include "runtime/recover/undo_kinds.hpp"

#include <array>
#include <cstdlib>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/database/galera.hpp"
#include "runtime/steps/commands.hpp"
#include "runtime/system/service_manager.hpp"

namespace backstay::runtime {
namespace {

using Words = std::vector<std::string>;

Error unknown(const Undo& undo) {
  return Error{.kind = ErrorKind::BadInput,
               .message = fmt::format("this version does not know how to undo `{} {}`", undo.kind,
                                      fmt::join(undo.arguments, " ")),
               .hint = "use the version of Backstay that noted it"};
}

// --- start-unit UNIT
// ------------------------------------------------------------------------------

// A unit that a restore holds back is the restore's to start.
Result<void> start_unit(World& world, const Words& arguments, const std::stop_token& stop) {
  const std::string& unit = arguments.front();
  if (start_is_forbidden(world.files, unit)) {
    return {};
  }
  return ServiceManager(world.commands, stop).start(unit);
}

std::string describe_start(const Words& arguments) {
  return fmt::format("start {}", arguments.front());
}

// --- run-hook SERVICE MOMENT TIMEOUT ACCEPTS WORD…
// ------------------------------------------------

constexpr std::size_t kHookWords = 4;

Result<void> run_hook(World& world, const Words& arguments, const std::stop_token& stop) {
  const Words words(arguments.begin() + kHookWords, arguments.end());
  std::vector<std::int64_t> accepts;
  for (const char* at = arguments[3].c_str(); *at != '\0';) {
    char* end = nullptr;
    accepts.push_back(std::strtoll(at, &end, 10));
    at = *end == ',' ? end + 1 : end;
  }
  BACKSTAY_ASSIGN(Command command, command_of(words));
  command.deadline = std::chrono::seconds(std::strtoll(arguments[2].c_str(), nullptr, 10));
  BACKSTAY_ASSIGN(const Exit exit, world.commands.run(command, stop));
  return accept_exit(words, accepts, exit);
}

std::string describe_hook(const Words& arguments) {
  return fmt::format("run the {} hook of {}: {}", arguments[1], arguments[0],
                     shell_words({arguments.begin() + kHookWords, arguments.end()}));
}

// --- sync-node SERVER SOCKET ADDRESS PORT [LOGIN-KIND WORD…]
// ------------------------------------------------------------------------------

constexpr std::size_t kNodeWords = 4;

Result<void> put_node_back(World& world, const Words& arguments, const std::stop_token& stop) {
  return sync_node(world.commands, arguments, stop);
}

std::string describe_sync(const Words& arguments) {
  return fmt::format("put server {} back into its cluster's flow control", arguments.front());
}

// --------------------------------------------------------------------------------------------------

struct Kind {
  std::string_view name;
  std::size_t least_arguments;
  Result<void> (*carry_out)(World&, const Words&, const std::stop_token&);
  std::string (*describe)(const Words&);
};

constexpr std::array kKinds = {
    Kind{"run-hook", kHookWords + 1, run_hook, describe_hook},
    Kind{"start-unit", 1, start_unit, describe_start},
    Kind{"sync-node", kNodeWords, put_node_back, describe_sync},
};

const Kind* find_kind(const Undo& undo) {
  for (const Kind& kind : kKinds) {
    if (kind.name == undo.kind && undo.arguments.size() >= kind.least_arguments) {
      return &kind;
    }
  }
  return nullptr;
}

}  // namespace

Result<void> carry_out(World& world, const Undo& undo, const std::stop_token& stop) {
  const Kind* kind = find_kind(undo);
  return kind == nullptr ? Result<void>(unknown(undo))
                         : kind->carry_out(world, undo.arguments, stop);
}

std::string describe(const Undo& undo) {
  const Kind* kind = find_kind(undo);
  return kind == nullptr ? fmt::format("{} {}", undo.kind, fmt::join(undo.arguments, " "))
                         : kind->describe(undo.arguments);
}

Undo hook_undo(const plan::Step& step) {
  const auto& hook = std::get<plan::RunCommand>(step.action);
  Undo undo{.kind = "run-hook",
            .arguments = {hook.service, hook.moment, std::to_string(step.timeout.seconds),
                          fmt::format("{}", fmt::join(hook.accepts, ","))}};
  undo.arguments.insert(undo.arguments.end(), hook.command.begin(), hook.command.end());
  return undo;
}

}  // namespace backstay::runtime
