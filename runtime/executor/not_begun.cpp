#include "runtime/executor/not_begun.hpp"

#include <nlohmann/json.hpp>

namespace backstay::runtime {

void keep_refusal(World& world, RunReport report, const Error& why, Events& events) {
  if (why.kind == ErrorKind::Usage || why.kind == ErrorKind::Interrupted)
    return;
  report.finished = to_rfc3339(world.clock.now());
  report.status = RunStatus::Failed;
  report.failure = why;
  auto json = nlohmann::ordered_json::parse(to_json(report));
  json["begun"] = false;
  const std::string directory = world.directories.state + "/runs";
  auto written = make_directories(world.files, directory, 0700);
  if (written) {
    written = write_new_file(world.files, directory + "/" + report.run_id + ".json",
                             json.dump(2) + "\n", 0600);
  }
  if (!written) {
    events.warning("", to_string(std::move(written).error().while_doing(
                           "keeping the word of a run that did not begin")));
  }
}

}  // namespace backstay::runtime
