#include "cli/prune_call.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/keeping.hpp"
#include "cli/telling.hpp"
#include "compiler/calendar/buckets.hpp"

namespace backstay::cli {
namespace {

Call call_of(const std::string& backup, const std::string& host) {
  return {.what = "prune", .backup = backup, .host = host};
}

std::string summary_of(const runtime::PruneReport& report, const std::string& of = {}) {
  return fmt::format("target {}{}: {} of {} points went to the trash, {} left it; decision {}",
                     report.target, of.empty() ? "" : " of " + of, report.removed.size(),
                     report.decision.verdicts.size(), report.reclaimed.size(),
                     report.decision.digest);
}

/// What a run is followed by: one target, and of a copy that goes through this host one writer.
std::vector<runtime::PruneRequest> requests_of(const std::vector<plan::Step>& steps,
                                               const plan::Backup& backup,
                                               const std::string& host) {
  std::vector<runtime::PruneRequest> requests;
  for (const plan::Step& step : steps) {
    const auto* prune = std::get_if<plan::PruneTarget>(&step.action);
    if (prune != nullptr && step.host == host) {
      requests.push_back(
          {.backup = backup.name, .host = host, .target = prune->target, .of = step.source_host});
    }
  }
  // The copies first: the main target keeps what no other has yet.
  std::stable_partition(requests.begin(), requests.end(), [&](const runtime::PruneRequest& one) {
    return one.target != backup.target;
  });
  return requests;
}

}  // namespace

Result<runtime::PruneReport> call_prune(Execution& execution,
                                        const plan::Plan& plan,
                                        const runtime::PruneRequest& request) {
  const auto zone = compiler::Zone::find(plan.zone.empty() ? "UTC" : plan.zone);
  if (!zone) {
    return Error{.kind = ErrorKind::Usage,
                 .message = fmt::format("the plan's zone `{}` is not known here", plan.zone),
                 .hint = "install tzdata"};
  }
  auto report = runtime::prune(
      execution.world(), plan, request,
      [&](std::chrono::sys_seconds at) { return compiler::periods_of(at, *zone); },
      execution.stop());
  if (request.dry_run)
    return report;
  if (report) {
    keep_catalogue(execution, plan, call_of(report->backup, report->host),
                   report->refused ? "refused" : "ran", {}, summary_of(*report));
  } else if (report.error().kind != ErrorKind::Usage) {
    keep_catalogue(execution, plan,
                   call_of(request.backup, request.of.empty() ? request.host : request.of),
                   outcome_of(report.error()), {}, to_string(report.error()));
  }
  return report;
}

void show_refusal(Session& session, const runtime::PruneReport& report) {
  for (const std::string& text : report.decision.refusals)
    session.fail(ExitCode::RetentionRefused, text);
  for (const std::string& text : report.decision.objections)
    session.fail(ExitCode::RetentionRefused, text);
  if (report.decision.refusals.empty()) {
    session.say(fmt::format("nothing was removed; when all of the above is right: --confirm {}",
                            report.decision.digest));
  }
}

void prune_behind_run(Session& session,
                      Execution& execution,
                      const plan::Plan& plan,
                      const plan::Backup& backup,
                      const std::vector<plan::Step>& steps,
                      const std::string& host) {
  for (const runtime::PruneRequest& request : requests_of(steps, backup, host)) {
    const std::string& whose = request.of.empty() ? host : request.of;
    const auto report = call_prune(execution, plan, request);
    tell_of_prune(session, execution.world(), plan, backup, whose, request.target, report);
    if (!report) {
      execution.fail(report.error());
    } else if (report->refused) {
      session.say(
          fmt::format("target {0} was not pruned (look with `backstay prune PLAN --target {0}{1} "
                      "--dry-run`):",
                      request.target, request.of.empty() ? "" : " --of " + request.of));
      show_refusal(session, *report);
    } else {
      session.say(summary_of(*report, request.of));
    }
  }
}

}  // namespace backstay::cli
