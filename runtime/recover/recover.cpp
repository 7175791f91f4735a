#include "runtime/recover/recover.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <sys/file.h>

#include "runtime/journal/journal.hpp"
#include "runtime/journal/pending_undos.hpp"
#include "runtime/recover/guard.hpp"
#include "runtime/recover/overdue_run.hpp"
#include "runtime/recover/undo_kinds.hpp"
#include "runtime/system/failpoint.hpp"
#include "runtime/system/service_manager.hpp"

namespace backstay::runtime {
namespace {

constexpr int kAttempts = 5;

/// Two recoveries at once would start a unit behind the back of a run that has just looked at it.
Result<std::unique_ptr<File>> take_turn(World& world, const std::stop_token& stop) {
  BACKSTAY_ASSIGN(auto file, world.files.open_append(world.directories.state + "/recover.lock"));
  while (file->descriptor() >= 0 && ::flock(file->descriptor(), LOCK_EX | LOCK_NB) != 0) {
    if (stop.stop_requested()) {
      return Error{.kind = ErrorKind::Interrupted,
                   .message = "interrupted while another recovery goes on"};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return file;
}

class Recoverer {
 public:
  Recoverer(World& world, std::stop_token stop) : world_(world), stop_(std::move(stop)) {}

  Result<void> recover_run(PendingRun run) {
    const auto undos = run.undos;
    bool failed = false;
    for (auto undo = undos.rbegin(); undo != undos.rend(); ++undo) {
      if (stop_.stop_requested()) {
        return Error{.kind = ErrorKind::Interrupted, .message = "the recovery was interrupted"};
      }
      auto done = carry_out(world_, *undo, stop_);
      BACKSTAY_FAILPOINT("recover.undo");
      report_.undos.push_back({.run_id = run.run_id, .what = describe(*undo)});
      if (!done) {
        failed = true;
        report_.undos.back().error = std::move(done).error();
        continue;
      }
      std::erase(run.undos, *undo);
      BACKSTAY_TRY(write_pending(world_.files, world_.directories.state, run));
    }
    if (failed) {
      ++run.attempts;
      BACKSTAY_TRY(write_pending(world_.files, world_.directories.state, run));
    }
    if (systemd_runs(world_.files) && (!failed || run.attempts >= kAttempts)) {
      disarm_guard(world_, run.run_id);
    }
    return {};
  }

  Recovery& report() { return report_; }

 private:
  World& world_;
  std::stop_token stop_;
  Recovery report_;
};

}  // namespace

Result<Recovery> recover(World& world, const std::string& only_run, const std::stop_token& stop) {
  const std::string& state = world.directories.state;
  BACKSTAY_ASSIGN(auto runs, read_pending(world.files, state));
  if (runs.empty() && only_run.empty()) {
    return Recovery();
  }
  BACKSTAY_ASSIGN(const auto turn, take_turn(world, stop));
  BACKSTAY_ASSIGN(runs, read_pending(world.files, state));
  Recoverer recoverer(world, stop);
  bool found = false;
  for (PendingRun& run : runs) {
    if (!only_run.empty() && run.run_id != only_run) {
      continue;
    }
    found = true;
    if (run_is_alive(world.files, state, run.run_id)) {
      if (!is_overdue(world, run.limit)) {
        recoverer.report().alive.push_back(run.run_id);
        continue;
      }
      BACKSTAY_TRY(end_overdue(run.limit));
      recoverer.report().ended.push_back(run.run_id);
    }
    BACKSTAY_TRY(recoverer.recover_run(std::move(run)));
  }
  if (!found && !only_run.empty() && !run_is_alive(world.files, state, only_run) &&
      systemd_runs(world.files)) {
    disarm_guard(world, only_run);  // somebody else has recovered it
  }
  return std::move(recoverer.report());
}

Result<std::vector<std::string>> forget_pending(World& world, const std::string& run_id) {
  const std::string& state = world.directories.state;
  BACKSTAY_ASSIGN(auto runs, read_pending(world.files, state));
  const auto found = std::find_if(runs.begin(), runs.end(),
                                  [&](const PendingRun& run) { return run.run_id == run_id; });
  if (found == runs.end()) {
    return Error{.kind = ErrorKind::NotFound,
                 .message = fmt::format("run `{}` left nothing to be put right", run_id)};
  }
  if (run_is_alive(world.files, state, run_id)) {
    return Error{.kind = ErrorKind::Busy,
                 .message = fmt::format("run `{}` goes on, and puts things right itself", run_id)};
  }
  std::vector<std::string> dropped;
  for (const Undo& undo : found->undos) {
    dropped.push_back(describe(undo));
  }
  found->undos.clear();
  BACKSTAY_TRY(write_pending(world.files, state, *found));
  if (systemd_runs(world.files)) {
    disarm_guard(world, run_id);
  }
  return dropped;
}

void recover_dead_runs(World& world, Events& events, const std::stop_token& stop) {
  const auto recovery = recover(world, "", stop);
  if (!recovery) {
    events.warning("", to_string(recovery.error()));
    return;
  }
  for (const std::string& run : recovery->ended) {
    events.warning("", fmt::format("run {} hung past its deadline and was killed", run));
  }
  for (const Recovered& undo : recovery->undos) {
    events.warning("", undo.error
                           ? fmt::format("run {} left to {}: {}", undo.run_id, undo.what,
                                         to_string(*undo.error))
                           : fmt::format("did what run {} had left: {}", undo.run_id, undo.what));
  }
}

}  // namespace backstay::runtime
