#include "cli/run_call.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "cli/approval_gate.hpp"
#include "cli/due.hpp"
#include "cli/prune_call.hpp"
#include "cli/telling.hpp"
#include "runtime/executor/choose.hpp"
#include "runtime/executor/run_copy.hpp"
#include "runtime/status/run_history.hpp"
#include "runtime/system/environment.hpp"

namespace backstay::cli {
namespace {

/// Of a copy the one that it goes through.
Result<std::string> host_of_call(const plan::Backup& backup, const RunWords& words) {
  if (!words.copy.empty()) {
    if (const auto copy = runtime::choose_copy(backup, words.copy)) {
      return runtime::host_of_copy(backup, **copy, words.host);
    }
  }
  return runtime::choose_host(backup, words.host, runtime::host_name());
}

/// Whether --if-due lets the run go on; what is left to do: nothing, or say why not.
Result<Due> ask_calendar(const plan::Plan& plan, const RunWords& words, runtime::World& world) {
  BACKSTAY_ASSIGN(const auto* backup, runtime::choose_backup(plan, words.backup));
  BACKSTAY_ASSIGN(const auto host, host_of_call(*backup, words));
  BACKSTAY_ASSIGN(const auto runs, runtime::read_past_runs(world.files, world.directories.state));
  return is_due(plan, backup->name, host, runs, world.clock.now(), words.copy);
}

/// Names as far as they are known before a run begins.
Call call_of(const plan::Plan& plan, const RunWords& words) {
  Call call{.what = words.copy.empty() ? "backup" : "copy",
            .backup = words.backup,
            .host = words.host,
            .scheduled = words.if_due};
  if (const auto backup = runtime::choose_backup(plan, words.backup)) {
    call.backup = (*backup)->name;
    const auto host = host_of_call(**backup, words);
    call.host = host ? *host : words.host;
  }
  return call;
}

/// A dry run says that the real one would be refused.
Result<runtime::PreviewReport> with_approval(Result<runtime::PreviewReport> looked,
                                             const PlanFile& file,
                                             const std::string& host,
                                             Execution& execution) {
  BACKSTAY_ASSIGN(auto report, std::move(looked));
  auto approved = check_approval(execution.world(), file.plan, host);
  if (!approved && !report.refusal)
    report.refusal = std::move(approved).error();
  return report;
}

/// A copy that one host lacks keeps no other host's from being pruned.
std::vector<plan::Step> done_steps(const std::vector<plan::Step>& steps,
                                   const runtime::RunReport& report) {
  std::vector<plan::Step> done;
  std::copy_if(steps.begin(), steps.end(), std::back_inserter(done), [&](const plan::Step& step) {
    return std::any_of(report.steps.begin(), report.steps.end(), [&](const auto& one) {
      return one.id == step.id && one.end == runtime::StepEnd::Done;
    });
  });
  return done;
}

}  // namespace

RunCall::RunCall(Session& session,
                 Execution& execution,
                 const PlanFile& file,
                 RunWords& words,
                 const PartPlan* part,
                 std::chrono::seconds lock_timeout)
    : session_(session),
      execution_(execution),
      file_(file),
      words_(words),
      part_(part),
      lock_timeout_(lock_timeout),
      call_(call_of(file.plan, words)) {}

void RunCall::run() {
  execution_.name("BACKSTAY_POLICY", file_.plan.policy);
  if (!is_due() || !is_approved() || !begin_part()) {
    return;
  }
  words_.copy.empty() ? back_up() : copy();
}

bool RunCall::is_due() {
  if (!words_.if_due) {
    return true;
  }
  const auto due = ask_calendar(file_.plan, words_, execution_.world());
  if (!due) {
    execution_.fail(due.error());
    return false;
  }
  if (!due->due) {
    session_.say(due->why);
    keep_catalogue(execution_, file_.plan, call_, "not due", {}, due->why);
  }
  return due->due;
}

bool RunCall::is_approved() {
  if (words_.dry_run) {
    return true;
  }
  const auto approved =
      require_approval(execution_.world(), file_.plan, words_.host, execution_.stop());
  if (!approved) {
    tell_of_backup(session_, execution_.world(), file_.plan, words_.backup, words_.host,
                   approved.error(), words_.copy);
    execution_.fail(approved.error());
  }
  return approved.has_value();
}

bool RunCall::begin_part() {
  if (part_ == nullptr) {
    return true;
  }
  const auto begun = RunningPart::begin(execution_, words_.part, *part_);
  if (!begun) {
    execution_.fail(begun.error());
  }
  return begun.has_value();
}

/// The run that held the lock may have been the one that was due.
std::function<bool()> RunCall::still_wanted() {
  if (!words_.if_due) {
    return {};
  }
  return [this] {
    const auto due = ask_calendar(file_.plan, words_, execution_.world());
    overtaken_ = due && !due->due;
    return !overtaken_;
  };
}

void RunCall::back_up() {
  RunningPart* const running = words_.part.running.get();
  const runtime::RunOptions options{.backup = words_.backup,
                                    .host = words_.host,
                                    .lock_timeout = lock_timeout_,
                                    .rehash = words_.rehash,
                                    .with_others = part_ != nullptr,
                                    .gates = running ? &running->gates() : nullptr,
                                    .wanted = still_wanted()};
  if (words_.dry_run) {
    show(with_approval(runtime::preview_backup(execution_.world(), file_.plan, options,
                                               execution_.events(), execution_.stop()),
                       file_, words_.host, execution_));
    return;
  }
  const auto outcome = runtime::run_backup(execution_.world(), file_.plan, file_.bytes, options,
                                           running ? running->events() : execution_.events(),
                                           running ? running->stop() : execution_.stop());
  show(outcome);
  if (running == nullptr) {
    keep_part_report(outcome);
  }
  tell_and_keep(outcome);
  if (prunes_behind(outcome)) {
    const plan::Backup& backup = *file_.plan.backup(outcome->backup);
    prune_behind_run(session_, execution_, file_.plan, backup, backup.backup, outcome->host);
  }
}

void RunCall::copy() {
  const runtime::CopyRunOptions options{.backup = words_.backup,
                                        .host = words_.host,
                                        .target = words_.copy,
                                        .lock_timeout = lock_timeout_,
                                        .wanted = still_wanted()};
  if (words_.dry_run) {
    show(with_approval(runtime::preview_copy(execution_.world(), file_.plan, options,
                                             execution_.events(), execution_.stop()),
                       file_, words_.host, execution_));
    return;
  }
  const auto outcome = runtime::run_copy(execution_.world(), file_.plan, options,
                                         execution_.events(), execution_.stop());
  show(outcome);
  tell_and_keep(outcome);
  if (words_.then_prune && outcome) {
    const plan::Backup& backup = *file_.plan.backup(outcome->backup);
    const auto copied = runtime::choose_copy(backup, outcome->copy);
    prune_behind_run(session_, execution_, file_.plan, backup,
                     done_steps((*copied)->steps, *outcome), outcome->host);
  }
}

/// Of a set without phases.
void RunCall::keep_part_report(const Result<runtime::RunReport>& outcome) {
  if (part_ == nullptr || !outcome) {
    return;
  }
  if (const auto kept =
          keep_part(execution_, part_->part, runtime::to_json(*outcome), session_.exit_code);
      !kept) {
    session_.fail(kept.error());
  }
}

void RunCall::tell_and_keep(const Result<runtime::RunReport>& outcome) {
  if (overtaken_) {
    keep_catalogue(execution_, file_.plan, call_, "overtaken");
    return;
  }
  tell_of_backup(session_, execution_.world(), file_.plan, words_.backup, words_.host, outcome,
                 words_.copy);
  if (outcome) {
    keep_catalogue(execution_, file_.plan, call_, "ran", outcome->run_id);
  } else if (outcome.error().kind != ErrorKind::Usage) {
    keep_catalogue(execution_, file_.plan, call_, outcome_of(outcome.error()), {},
                   to_string(outcome.error()));
  }
}

bool RunCall::prunes_behind(const Result<runtime::RunReport>& outcome) const {
  return words_.then_prune && outcome && outcome->status == runtime::RunStatus::Verified;
}

template <typename Outcome>
void RunCall::show(const Outcome& outcome) {
  if (overtaken_) {
    session_.say("another run has just done what was due");
  } else if (outcome) {
    execution_.show(*outcome);
  } else {
    execution_.fail(outcome.error());
  }
}

}  // namespace backstay::cli
