#include "runtime/executor/run_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/journal/journal.hpp"
#include "runtime/journal/stopped_units.hpp"

namespace backstay::runtime {

std::string new_run_id(Clock& clock) {
  return to_compact_utc(clock.now()) + "-" + random_hex8();
}

void write_report(World& world, const RunReport& report, Events& events) {
  const std::string directory = world.directories.state + "/runs";
  auto written = make_directories(world.files, directory, 0700);
  if (written) {
    written = write_new_file(world.files, directory + "/" + report.run_id + ".json",
                             to_json(report), 0600);
  }
  if (!written) {
    events.warning("",
                   to_string(std::move(written).error().while_doing("keeping the run's report")));
  }
}

namespace {

// What a killed backup stopped must not stay down.
void start_stopped_units(World& world, const JournalContent& run, Events& events) {
  const auto units = units_left_stopped(run);
  ServiceManager manager(world.commands);
  for (auto unit = units.rbegin(); unit != units.rend(); ++unit) {
    const auto started = manager.start(*unit);
    events.warning("", started
                           ? fmt::format("started {}, which run {} had stopped", *unit, run.run_id)
                           : to_string(started.error()));
  }
}

}  // namespace

void tell_crashed_runs(World& world, Events& events) {
  for (const auto& run : find_crashed_runs(world.files, world.directories.state)) {
    const auto open = run.open_steps();
    const auto doing =
        open.empty() ? std::string() : fmt::format(" while it did `{}`", fmt::join(open, "`, `"));
    const auto message =
        fmt::format("run {} never came to its end{}: it was killed, or the machine went down",
                    run.run_id, doing);
    events.warning("", message);
    start_stopped_units(world, run, events);
    RunReport report{.run_id = run.run_id};
    report.what = "unknown";
    report.plan_digest = run.plan_digest;
    report.started = run.began;
    report.failure = Error{.kind = ErrorKind::Interrupted, .message = message};
    write_report(world, report, events);
  }
}

}  // namespace backstay::runtime
