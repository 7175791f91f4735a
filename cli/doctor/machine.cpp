// The machine itself: its clock, and what dead runs and open restores left on it.
#include <fmt/format.h>
#include <sys/timex.h>

#include "cli/doctor/doctor.hpp"
#include "cli/render/open_restores.hpp"
#include "runtime/journal/pending_undos.hpp"

namespace backstay::cli {
namespace {

// What was begun is gone on with; what was finished is kept, unless somebody decides otherwise.
void look_at_restore(DoctorCall& call, const runtime::RecordContent& restore) {
  const std::string undo = "backstay restore --undo " + restore.header.id;
  const std::string commit = "backstay restore --commit " + restore.header.id;
  switch (restore.state) {
    case runtime::RestoreState::Incomplete:
      call.add(
          "restores", Health::Problem,
          "a restore was not finished: its units are kept from starting, and backups of policy " +
              restore.header.policy + " do not run; repeat it to go on, the command takes it back",
          undo);
      return;
    case runtime::RestoreState::Undoing:
      call.add("restores", Health::Problem, "a restore was undone half", undo);
      return;
    case runtime::RestoreState::Committing:
      call.add("restores", Health::Warning, "a restore was committed half", commit);
      return;
    case runtime::RestoreState::Finished:
      call.add(
          "restores", Health::Warning,
          "a restore is neither committed nor undone: what it set aside takes space; the command "
          "removes that, and `" +
              undo + "` puts it back",
          commit);
      return;
    case runtime::RestoreState::Undone:
    case runtime::RestoreState::Committed:
      return;
  }
}

}  // namespace

void look_at_clock(DoctorCall& call) {
  timex state{};  // no modes: it only asks (adjtimex(2))
  const int answer = ::adjtimex(&state);
  if (answer < 0) {
    call.add("clock", Health::Warning, "whether the clock is kept right cannot be told here");
  } else if (answer == TIME_ERROR || (state.status & STA_UNSYNC) != 0) {
    call.add("clock", Health::Warning,
             "nothing keeps the clock right: schedules, retention and promises go by it",
             "apt-get install chrony");
  } else {
    call.add("clock", Health::Ok, "the clock is synchronised");
  }
}

void look_at_what_is_pending(DoctorCall& call) {
  const auto pending = runtime::read_pending(call.world.files, call.world.directories.state);
  if (!pending) {
    call.add_error("pending", pending.error());
  } else {
    for (const runtime::PendingRun& run : *pending) {
      call.add("pending", Health::Problem,
               fmt::format("run {} left {} thing{} undone (units stopped, hooks), or goes on",
                           run.run_id, run.undos.size(), run.undos.size() == 1 ? "" : "s"),
               "backstay recover");
    }
    if (pending->empty()) {
      call.add("pending", Health::Ok, "no run left anything undone");
    }
  }
  for (const runtime::RecordContent& restore : open_restores(call.world.directories.state, {})) {
    look_at_restore(call, restore);
  }
}

}  // namespace backstay::cli
