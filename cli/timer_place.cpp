#include "cli/timer_place.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/output_file.hpp"
#include "runtime/executor/choose.hpp"
#include "runtime/hosts/set_record.hpp"
#include "runtime/steps/support.hpp"

namespace backstay::cli {

std::string host_for_all(const plan::Backup& backup) {
  const bool alone = backup.hosts.size() == 1 && backup.hosts.front() == backup.run_on;
  return alone ? std::string() : backup.run_on;
}

Result<TimerOf> timer_of(const plan::Backup& backup,
                         const std::string& asked,
                         const std::string& machine,
                         bool on_controller) {
  const std::string& here = asked.empty() ? machine : asked;
  if (const std::string host = host_for_all(backup); !host.empty()) {
    return TimerOf{host == here ? TimerPlace::HereForAll : TimerPlace::Elsewhere, host};
  }
  if (on_controller) {
    return TimerOf{TimerPlace::HereForAll, here};
  }
  const auto host = runtime::choose_host(backup, asked, machine);
  if (!host) {
    return TimerOf{};
  }
  auto waits =
      runtime::find_split_hold(backup.backup, runtime::steps_of_host(backup.backup, *host));
  if (waits) {
    return Error{.kind = ErrorKind::Refused,
                 .message = std::move(waits->message),
                 .hint = fmt::format("one timer must run all hosts: write `run {} on HOST` into "
                                     "backup {}, or say --on-controller here",
                                     backup.schedule, backup.name)};
  }
  return TimerOf{TimerPlace::Here, *host};
}

std::vector<std::string> engine_words_of(const EngineWords& words) {
  std::vector<std::string> call = {"--engine", "ansible"};
  const auto add = [&call](const char* option, const std::string& value) {
    if (!value.empty()) {
      call.insert(call.end(), {option, value});
    }
  };
  const auto path = [](const std::string& given) {
    return given.empty() ? given : absolute_path(given);
  };
  add("--inventory", path(words.exported.inventory));
  for (const std::string& map : words.exported.maps) {
    add("--map", map);
  }
  add("--approvals", path(words.exported.approvals));
  add("--forks", std::to_string(words.exported.forks));
  add("--package", path(words.package));
  return call;
}

std::vector<runtime::PastRun> past_sets(runtime::World& world) {
  std::vector<runtime::PastRun> runs;
  for (const runtime::SetRecord& set : runtime::read_sets(world)) {
    const auto good =
        std::count_if(set.members.begin(), set.members.end(),
                      [](const runtime::SetMember& one) { return one.reached && one.exit == 0; });
    runs.push_back({.run_id = set.set,
                    .what = set.what,
                    .policy = set.policy,
                    .backup = set.backup,
                    .host = {},
                    .started = set.started,
                    .finished = set.finished,
                    .status = set.complete()
                                  ? "complete"
                                  : fmt::format("{} of {} hosts", good, set.members.size()),
                    .snapshot = {},
                    .failure = {}});
  }
  return runs;
}

}  // namespace backstay::cli
