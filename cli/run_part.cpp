#include "cli/run_part.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "runtime/executor/choose.hpp"
#include "runtime/system/environment.hpp"

namespace backstay::cli {
namespace {

/// This host's part in a set. Errors: as of choosing backup and host.
Result<PartPlan> part_plan(const plan::Plan& plan, const RunWords& words) {
  BACKSTAY_TRY(runtime::check_set_name(words.part.set));
  BACKSTAY_ASSIGN(const auto* backup, runtime::choose_backup(plan, words.backup));
  BACKSTAY_ASSIGN(auto host, runtime::choose_host(*backup, words.host, runtime::host_name()));
  return PartPlan{.part = {.set = words.part.set, .what = "backup", .host = std::move(host)},
                  .graph = backup->backup,
                  .deadline = backup->deadline};
}

}  // namespace

Result<std::optional<PartPlan>> part_to_run(Session& session,
                                            Execution& execution,
                                            const RunWords& words,
                                            const plan::Plan& plan) {
  BACKSTAY_ASSIGN(PartPlan part, part_plan(plan, words));
  if (!words.part.together.empty()) {
    BACKSTAY_ASSIGN(const auto* backup, runtime::choose_backup(plan, words.backup));
    const plan::Target* target = plan.target(backup->target);
    BACKSTAY_CHECK(target != nullptr, "plan::verify proves that the target exists");
    BACKSTAY_TRY(runtime::check_set_name(words.part.set));
    BACKSTAY_TRY(answer_together(session, execution, words.part, part, *target));
    return std::optional<PartPlan>();
  }
  if (words.part.is_call() && words.part.as_part.empty()) {
    BACKSTAY_TRY(answer_part_call(session, execution, words.part, part, words.format));
    return std::optional<PartPlan>();
  }
  if (const std::string report = done_before(execution, words.part, part.part);
      !report.empty() && !words.dry_run) {
    session.print(words.format == OutputFormat::Text ? "" : report);
    session.say(fmt::format("set {} has its backup of {} already", part.part.set, part.part.host));
    return std::optional<PartPlan>();
  }
  return std::optional<PartPlan>(std::move(part));
}

}  // namespace backstay::cli
