// backstay prune: take away what the retention does not keep, with the reason for every point.
#include "runtime/prune/prune.hpp"

#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/approval_gate.hpp"
#include "cli/commands/commands.hpp"
#include "cli/execution.hpp"
#include "cli/plan_file.hpp"
#include "cli/prune_call.hpp"
#include "cli/render/json_text.hpp"
#include "cli/render/table.hpp"
#include "cli/snapshot_source.hpp"
#include "compiler/plan/copy_through.hpp"
#include "lang/base/units.hpp"
#include "runtime/executor/choose.hpp"
#include "runtime/system/clock.hpp"
#include "runtime/system/environment.hpp"

namespace backstay::cli {
namespace {

using Json = nlohmann::ordered_json;

struct PruneOptions {
  std::string plan;
  runtime::PruneRequest request;
  std::string grace = "7d";
  std::string bring_back;  ///< id
  std::string format = "text";
};

std::string as_text(const runtime::PruneReport& report) {
  std::vector<std::vector<std::string>> rows = {{"SNAPSHOT", "STARTED", "DECISION", "WHY"}};
  for (const runtime::PruneVerdict& verdict : report.decision.verdicts) {
    rows.push_back({verdict.id, local_time(runtime::to_rfc3339(verdict.at)),
                    verdict.keep ? "keep" : "remove",
                    fmt::format("{}", fmt::join(verdict.reasons, ", "))});
  }
  std::string text = render_table(rows);
  text += fmt::format("\n{} of {} points of backup {} on {} in target {} {}; decision {}\n",
                      report.decision.removals(), report.decision.verdicts.size(), report.backup,
                      report.host, report.target, report.removed.empty() ? "would go" : "go",
                      report.decision.digest);
  return text;
}

Json as_json(const runtime::PruneReport& report) {
  Json points = Json::array();
  for (const runtime::PruneVerdict& verdict : report.decision.verdicts) {
    points.push_back({{"id", verdict.id},
                      {"started", runtime::to_rfc3339(verdict.at)},
                      {"keep", verdict.keep},
                      {"reasons", verdict.reasons}});
  }
  return {{"schema_version", 1},
          {"policy", report.policy},
          {"backup", report.backup},
          {"host", report.host},
          {"target", report.target},
          {"place", report.place},
          {"decision", report.decision.digest},
          {"points", std::move(points)},
          {"refused", report.refused},
          {"refusals", report.decision.refusals},
          {"objections", report.decision.objections},
          {"removed", report.removed},
          {"in_use", report.in_use},
          {"reclaimed", report.reclaimed},
          {"in_trash", report.in_trash}};
}

void show_trash(Session& session, const runtime::PruneReport& report, bool dry_run) {
  for (const std::string& id : report.in_use)
    session.say(fmt::format("{} stays: a drill reads it", id));
  for (const std::string& id : report.reclaimed)
    session.say(fmt::format("{} {} the trash for good", id, dry_run ? "would leave" : "left"));
  if (!report.in_trash.empty() || !report.removed.empty()) {
    session.say(fmt::format("in the trash, to be had back with {}: {}",
                            report.remote ? "--bring-back ID" : "one `mv`",
                            report.in_trash.size()));
  }
}

/// The copy that goes through this machine, where the call means one.
Result<const plan::Copy*> copy_through_here(const plan::Backup& backup,
                                            const runtime::PruneRequest& request) {
  for (const plan::Copy& copy : backup.copies) {
    const std::string through = plan::through_of(copy);
    const bool meant = copy.target == request.target && !through.empty();
    const std::string here = request.host.empty() ? runtime::host_name() : request.host;
    if (meant && (here == through || !request.of.empty()))
      return &copy;
  }
  if (!request.of.empty()) {
    return Error{.kind = ErrorKind::Usage,
                 .message = "--of goes with --target of a copy `through` a host"};
  }
  return nullptr;
}

/// `00000001-20261122T153902Z-fleet-app01-ea47f9d6` of app01, and not of a host app01-b.
bool is_of(const std::string& snapshot, const std::string& policy, const std::string& host) {
  const std::string writer = "-" + policy + "-" + host + "-";
  const auto at = snapshot.rfind(writer);
  return at != std::string::npos && snapshot.find('-', at + writer.size()) == std::string::npos;
}

/// One history each: that of this host, or those of all hosts whose copies go through it.
/// snapshot  only whose it is; may be empty
Result<std::vector<runtime::PruneRequest>> requests_of(const plan::Plan& plan,
                                                       const runtime::PruneRequest& request,
                                                       const std::string& snapshot) {
  BACKSTAY_ASSIGN(const plan::Backup* backup, runtime::choose_backup(plan, request.backup));
  BACKSTAY_ASSIGN(const plan::Copy* copy, copy_through_here(*backup, request));
  if (copy == nullptr || !request.of.empty())
    return std::vector{request};
  std::vector<runtime::PruneRequest> requests;
  for (const plan::Step& step : copy->steps) {
    const bool meant = snapshot.empty() || is_of(snapshot, plan.policy, step.source_host);
    if (!meant || !std::holds_alternative<plan::CopySnapshot>(step.action))
      continue;
    requests.push_back(request);
    requests.back().of = step.source_host;
  }
  if (requests.empty()) {
    return Error{.kind = ErrorKind::NotFound,
                 .message = fmt::format("`{}` is of no host whose copies go to {} through this one",
                                        snapshot, request.target)};
  }
  return requests;
}

void prune_one(Session& session,
               const PruneOptions& options,
               Execution& execution,
               const plan::Plan& plan,
               const runtime::PruneRequest& request) {
  const auto report = call_prune(execution, plan, request);
  if (!report) {
    execution.fail(report.error());
    return;
  }
  session.print(options.format == "json" ? json_document(as_json(*report)) : as_text(*report));
  if (report->refused)
    show_refusal(session, *report);
  if (options.format == "text")
    show_trash(session, *report, request.dry_run);
}

void prune(Session& session, PruneOptions& options) {
  Execution execution(session, OutputFormat::Text);
  const auto file = read_plan_file(options.plan);
  if (!file) {
    session.fail(file.error());
    return;
  }
  const auto grace = parse_duration(options.grace);
  if (!grace) {
    session.fail(ExitCode::Usage, "--grace takes a duration such as `7d`");
    return;
  }
  options.request.grace = std::chrono::seconds(grace->seconds);
  const auto requests = requests_of(file->plan, options.request, options.bring_back);
  if (!requests) {
    execution.fail(requests.error());
    return;
  }
  if (options.format == "json" && requests->size() > 1) {
    session.fail(ExitCode::Usage, "JSON is of one host's copies: say whose with --of HOST");
    return;
  }
  if (!options.request.dry_run) {
    const auto approved =
        require_approval(execution.world(), file->plan, options.request.host, execution.stop());
    if (!approved) {
      execution.fail(approved.error());
      return;
    }
  }
  if (!options.bring_back.empty()) {
    const auto back = runtime::bring_back(execution.world(), file->plan, requests->front(),
                                          options.bring_back, execution.stop());
    if (!back)
      execution.fail(back.error());
    else
      session.say(fmt::format("{} is back", options.bring_back));
    return;
  }
  for (const runtime::PruneRequest& request : *requests)
    prune_one(session, options, execution, file->plan, request);
}

}  // namespace

void add_prune(CLI::App& app, Session& session) {
  const auto options = std::make_shared<PruneOptions>();
  CLI::App* verb = app.add_subcommand("prune", "Take away what the retention does not keep");
  verb->add_option("PLAN", options->plan, "A plan written by `backstay plan -o`")->required();
  verb->add_flag("--dry-run", options->request.dry_run, "Show every decision, remove nothing");
  verb->add_option("--backup", options->request.backup, "Which backup, where there are several");
  verb->add_option("--host", options->request.host, "Which host of the plan this machine is");
  verb->add_option("--target", options->request.target,
                   "Another target of the backup, or one that its administrator prunes");
  verb->add_option("--of", options->request.of,
                   "On a host through which copies go to the target: only those of this host");
  verb->add_option("--confirm", options->request.confirm,
                   "Where a guard asks: the decision that was looked at, as --dry-run names it");
  verb->add_flag("--damaged", options->request.damaged,
                 "Points whose verification found damage go as well, once a good one is newer");
  verb->add_option("--grace", options->grace, "How long a point stays in the trash (default: 7d)");
  verb->add_option("--bring-back", options->bring_back,
                   "Take a snapshot back from the trash of the target, by its id");
  verb->add_option("-f,--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  verb->footer(
      "Exit 8: a guard refused; nothing was removed.\n\n"
      "Examples:\n  backstay prune controller.plan.yaml --dry-run\n"
      "  backstay prune controller.plan.yaml\n"
      "  backstay prune controller.plan.yaml --target offsite");
  verb->callback([options, &session] { prune(session, *options); });
}

}  // namespace backstay::cli
