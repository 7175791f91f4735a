#include "cli/ansible_schedule.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/ansible_play.hpp"
#include "cli/output_file.hpp"
#include "runtime/executor/run_files.hpp"
#include "runtime/scheduling/timer_hosts.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::cli {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> hosts_with_timers(const plan::Plan& plan,
                                           const std::vector<std::string>& only) {
  std::vector<std::string> hosts;
  for (const std::string& host : runtime::hosts_with_timers(plan)) {
    if (only.empty() || std::find(only.begin(), only.end(), host) != only.end()) {
      hosts.push_back(host);
    }
  }
  return hosts;
}

/// In a dry run all that is known of a host are Ansible's own words.
void say_complaints(Session& session, const std::vector<HostAnswer>& answers) {
  for (const HostAnswer& answer : answers) {
    if (!answer.reached && !answer.messages.empty()) {
      session.say(line_of(answer));
    }
  }
}

}  // namespace

std::string line_of(const HostAnswer& answer) {
  std::string text = answer.reached ? "" : "no answer";
  if (!answer.messages.empty()) {
    text += (text.empty() ? "" : ": ") + answer.messages;
  }
  return fmt::format("{:<16} {}", answer.host, printable(text));
}

HostAnswer read_answer(runtime::World& world,
                       const std::string& directory,
                       const std::string& what,
                       const std::string& host) {
  HostAnswer answer{.host = host};
  const auto text =
      runtime::read_file(world.files, fmt::format("{}/{}@{}.json", directory, what, host));
  const Json json = text ? Json::parse(*text, nullptr, false) : Json();
  if (json.is_object() && json.contains("exit") && json["exit"].is_number_integer()) {
    answer.reached = true;
    answer.exit = json["exit"].get<int>();
    answer.report = json.value("report", Json()).dump();
    answer.messages = json.value("messages", std::string());
  }
  return answer;
}

Result<std::vector<HostAnswer>> schedule_on_hosts(Session& session,
                                                  Execution& execution,
                                                  const PlanFile& file,
                                                  const EngineWords& words,
                                                  const std::string& operation,
                                                  bool dry_run) {
  BACKSTAY_TRY(check_words(file.plan, words));
  const auto hosts = hosts_with_timers(file.plan, words.only);
  std::vector<HostAnswer> answers;
  if (hosts.empty()) {
    return answers;
  }
  runtime::World& world = execution.world();
  const std::string set = runtime::new_run_id(world.clock);
  const std::string directory = fmt::format("{}/engine/{}", world.directories.state, set);
  BACKSTAY_TRY(runtime::make_directories(world.files, directory, 0700));
  BACKSTAY_ASSIGN(const auto names, write_export(world, file, words.exported, directory));
  Json variables = {{"backstay_set", set}, {"backstay_schedule", operation}};
  if (!words.package.empty()) {
    variables["backstay_package"] = absolute_path(words.package);
  }
  PlayerComplaints complaints;
  BACKSTAY_ASSIGN(
      const bool ended,
      play_book(session, execution,
                {.directory = directory,
                 .book = "schedule.yml",
                 .variables = variables.dump(),
                 .only = words.only.empty() ? words.only : names_in_inventory(words.only, names),
                 .check = dry_run,
                 .complaints = &complaints}));
  for (const std::string& host : hosts) {
    answers.push_back(read_answer(world, directory + "/results/" + set, "schedule", host));
    if (!answers.back().reached) {
      answers.back().messages = complaint_about(host, complaints, names);
    }
  }
  BACKSTAY_TRY(runtime::remove_tree(world.files, directory));
  if (dry_run && !ended) {
    say_complaints(session, answers);
    return Error{.kind = ErrorKind::ToolFailed,
                 .message = fmt::format("the timers could not be looked at on every host")};
  }
  return dry_run ? std::vector<HostAnswer>() : answers;
}

void show_answers(Session& session,
                  const std::vector<HostAnswer>& answers,
                  const std::string& operation) {
  std::size_t good = 0;
  for (const HostAnswer& answer : answers) {
    good += answer.reached && answer.exit == 0 ? 1 : 0;
    session.say(line_of(answer));
  }
  if (good < answers.size()) {
    session.fail(good == 0 ? ExitCode::RunFailed : ExitCode::Partial,
                 fmt::format("schedule {} did not end well on every host: {} of {}",
                             operation == "give-way" ? "install" : operation, good, answers.size()),
                 "the same call again does what is missing");
  }
}

}  // namespace backstay::cli
