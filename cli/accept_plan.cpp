#include "cli/accept_plan.hpp"

#include <fmt/format.h>

#include "runtime/approval/approval.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::cli {
namespace {

Result<void> put(Session& session,
                 runtime::World& world,
                 const std::string& path,
                 const std::string& text) {
  const auto there = runtime::read_file(world.files, path);
  if (there && *there == text) {
    return {};
  }
  BACKSTAY_TRY(runtime::make_directories(world.files, path.substr(0, path.rfind('/')), 0755));
  BACKSTAY_TRY(runtime::replace_file(world.files, path, text, 0644));
  session.say("wrote " + path);
  return {};
}

}  // namespace

// INVARIANT: nothing is written before the approval of this very plan was found to hold here. A
// call that ends between the two files leaves a pair that no run takes, and the next call mends it.
Result<void> accept_plan(Session& session,
                         Execution& execution,
                         const PlanFile& file,
                         const PlanOffer& offer) {
  runtime::World& world = execution.world();
  BACKSTAY_ASSIGN(const std::string host, runtime::approval_host(file.plan, offer.host));
  BACKSTAY_ASSIGN(const auto approval,
                  runtime::find_approval(world, file.plan, host, execution.stop(), offer.approval));
  (void)approval;
  BACKSTAY_TRY(put(session, world, offer.into, file.bytes));
  if (!offer.approval.empty()) {
    BACKSTAY_ASSIGN(const std::string text, runtime::read_file(world.files, offer.approval));
    BACKSTAY_TRY(put(session, world,
                     runtime::approval_path(world.directories.config, file.plan.policy, host),
                     text));
  }
  return {};
}

}  // namespace backstay::cli
