#include "cli/approval_gate.hpp"

#include "runtime/system/clock.hpp"
#include "runtime/system/filesystem.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::cli {

namespace {

using Found = Result<std::optional<runtime::Approval>>;

Found find(runtime::World& world, const plan::Plan& plan, const std::string& asked_host) {
  BACKSTAY_ASSIGN(const bool asked, runtime::asks_for_approval(world));
  if (!asked)
    return std::optional<runtime::Approval>();
  BACKSTAY_ASSIGN(const std::string host, runtime::approval_host(plan, asked_host));
  return runtime::find_approval(world, plan, host, {});
}

}  // namespace

Result<void> require_approval(runtime::World& world,
                              const plan::Plan& plan,
                              const std::string& asked_host,
                              const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const bool asked, runtime::asks_for_approval(world));
  if (!asked)
    return {};
  BACKSTAY_ASSIGN(const std::string host, runtime::approval_host(plan, asked_host));
  BACKSTAY_ASSIGN(const auto used, runtime::use_approval(world, plan, host, stop));
  (void)used;
  return {};
}

Result<void> check_approval(runtime::World& world,
                            const plan::Plan& plan,
                            const std::string& asked_host) {
  auto found = find(world, plan, asked_host);
  return found ? Result<void>() : Result<void>(std::move(found).error());
}

ApprovalState approval_state(const Session& session,
                             const plan::Plan& plan,
                             const std::string& asked_host) {
  runtime::RealClock clock;
  runtime::RealFilesystem files;
  runtime::RealCommandRunner commands;
  runtime::World world{.clock = clock,
                       .files = files,
                       .commands = commands,
                       .directories = runtime::find_directories(
                           {.config = session.config_dir, .state = session.state_dir})};
  const Found found = find(world, plan, asked_host);
  if (!found)
    return {.asked = true, .text = to_string(found.error()), .refused = true};
  if (!*found)
    return {};
  return {.asked = true, .text = runtime::to_string(**found), .refused = false};
}

std::string approval_line(const Session& session,
                          const plan::Plan& plan,
                          const std::string& asked_host) {
  const ApprovalState state = approval_state(session, plan, asked_host);
  if (!state.asked)
    return {};
  return (state.refused ? "NOT APPROVED: " : "Approved ") + printable(state.text) + "\n";
}

}  // namespace backstay::cli
