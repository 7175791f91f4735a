#include "runtime/executor/run_files.hpp"

#include <chrono>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/journal/journal.hpp"
#include "runtime/recover/recover.hpp"

namespace backstay::runtime {
namespace {

/// ` while it did `a`, with `b`, `c` next`, or nothing.
std::string what_it_did(const JournalContent& run) {
  constexpr std::size_t most = 3;
  std::string text;
  if (const auto open = run.open_steps(); !open.empty()) {
    text = fmt::format(" while it did `{}`", fmt::join(open, "`, `"));
  }
  auto due = run.due_steps();
  const std::size_t more = due.size() > most ? due.size() - most : 0;
  due.resize(due.size() - more);
  if (!due.empty()) {
    text += fmt::format("{} `{}`{} next", text.empty() ? " with" : ", with", fmt::join(due, "`, `"),
                        more > 0 ? fmt::format(" and {} more", more) : "");
  }
  return text;
}

}  // namespace

std::string new_run_id(Clock& clock) {
  const auto now = clock.now();
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  const auto fraction = std::chrono::duration_cast<std::chrono::microseconds>(now - second);
  return fmt::format("{}-{:03x}{}", to_compact_utc(now), fraction.count() * 4096 / 1'000'000,
                     random_hex8().substr(3));
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

void settle_crashed_runs(World& world, Events& events, const std::stop_token& stop) {
  recover_dead_runs(world, events, stop);
  for (const auto& run : find_crashed_runs(world.files, world.directories.state)) {
    const auto message =
        fmt::format("run {} never came to its end{}: it was killed, or the machine went down",
                    run.run_id, what_it_did(run));
    events.warning("", message);
    RunReport report{.run_id = run.run_id};
    report.what = "unknown";
    report.plan_digest = run.plan_digest;
    report.started = run.began;
    report.failure = Error{.kind = ErrorKind::Interrupted, .message = message};
    write_report(world, report, events);
  }
}

}  // namespace backstay::runtime
