#include "cli/status_everywhere.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/ansible_play.hpp"
#include "cli/ansible_schedule.hpp"
#include "cli/snapshot_source.hpp"
#include "compiler/plan/host_groups.hpp"
#include "runtime/executor/run_files.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::cli {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> asked_hosts(const plan::Plan& plan,
                                     const std::vector<std::string>& only,
                                     const std::string& backup) {
  std::set<std::string> hosts;
  for (const plan::Backup& one : plan.backups) {
    for (const std::string& host : one.hosts) {
      const bool wanted = only.empty() || std::find(only.begin(), only.end(), host) != only.end();
      if (wanted && (backup.empty() || one.name == backup)) {
        hosts.insert(host);
      }
    }
  }
  return {hosts.begin(), hosts.end()};
}

std::string text_in(const Json& json, const char* key) {
  const auto found = json.is_object() ? json.find(key) : json.end();
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Json list_in(const Json& json, const char* key) {
  const auto found = json.is_object() ? json.find(key) : json.end();
  return found != json.end() && found->is_array() ? *found : Json::array();
}

void add_backup(const Json& backup, HostState& state) {
  for (const Json& problem : list_in(backup, "problems")) {
    if (problem.is_string()) {
      state.problems.push_back(
          fmt::format("backup {}: {}", text_in(backup, "backup"), problem.get<std::string>()));
    }
  }
  const auto newest = backup.is_object() ? backup.find("newest") : backup.end();
  const std::string started = newest != backup.end() ? text_in(*newest, "started") : "";
  if (!started.empty() && (state.newest.empty() || started < state.newest)) {
    state.newest = started;
  }
}

/// What says nothing of the wanted backups is no answer: nobody is safe by silence.
HostState state_of(const HostAnswer& answer, const std::string& backup) {
  HostState state{.host = answer.host};
  const Json report =
      answer.reached ? Json::parse(answer.report, nullptr, false) : Json(Json::object());
  Json backups = Json::array();
  for (const Json& one : list_in(report, "backups")) {
    if (backup.empty() || text_in(one, "backup") == backup) {
      add_backup(one, state);
      backups.push_back(one);
    }
  }
  for (const Json& restore : list_in(report, "restores")) {
    if (text_in(restore, "state") == "incomplete") {
      state.problems.push_back(
          fmt::format("restore {} is not finished", text_in(restore, "restore")));
    }
  }
  state.answered = answer.reached && answer.exit == 0 && !backups.empty();
  if (!state.answered) {
    const std::string first = answer.messages.substr(0, answer.messages.find('\n'));
    state.why = first.empty() ? "nothing came back from it" : first;
    state.problems.clear();
  }
  state.backups = backups.dump();
  return state;
}

int rank(const HostState& state) {
  return !state.answered ? 0 : state.problems.empty() ? 2 : 1;
}

}  // namespace

Result<std::vector<HostState>> ask_everywhere(Session& session,
                                              Execution& execution,
                                              const PlanFile& file,
                                              const EngineWords& words,
                                              const std::string& backup) {
  BACKSTAY_TRY(check_words(file.plan, words));
  runtime::World& world = execution.world();
  const std::string set = runtime::new_run_id(world.clock);
  const std::string directory = fmt::format("{}/engine/{}", world.directories.state, set);
  BACKSTAY_TRY(runtime::make_directories(world.files, directory, 0700));
  BACKSTAY_ASSIGN(const auto names, write_export(world, file, words.exported, directory));
  PlayerComplaints complaints;
  const auto played = play_book(session, execution,
                                {.directory = directory,
                                 .book = "status.yml",
                                 .variables = Json({{"backstay_set", set}}).dump(),
                                 .only = names_in_inventory(words.only, names),
                                 .check = false,
                                 .complaints = &complaints});
  std::vector<HostState> states;
  for (const std::string& host : asked_hosts(file.plan, words.only, backup)) {
    HostAnswer answer = read_answer(world, directory + "/results/" + set, "status", host);
    if (!answer.reached) {
      answer.messages = complaint_about(host, complaints, names);
    }
    states.push_back(state_of(answer, backup));
  }
  BACKSTAY_TRY(runtime::remove_tree(world.files, directory));
  if (!played) {
    return played.error();
  }
  std::stable_sort(states.begin(), states.end(), [](const HostState& one, const HostState& other) {
    return rank(one) < rank(other);
  });
  return states;
}

std::string states_text(const std::vector<HostState>& states) {
  std::string text;
  std::vector<std::string> safe;
  std::string oldest;
  for (const HostState& state : states) {
    if (!state.answered) {
      text += fmt::format("NO ANSWER  {:<16} {}\n", state.host, printable(state.why));
    } else if (state.safe()) {
      safe.push_back(state.host);
      oldest = oldest.empty() ? state.newest : std::min(oldest, state.newest);
    }
    std::string_view word = "UNSAFE";
    for (const std::string& problem : state.problems) {
      text += fmt::format("{:<10} {:<16} {}\n", word, word.empty() ? "" : state.host,
                          printable(problem));
      word = "";
    }
  }
  if (!safe.empty()) {
    text += fmt::format("SAFE       {}: the oldest of the newest points is of {}\n",
                        plan::host_list(safe), local_time(oldest));
  }
  return text;
}

std::string states_sentence(const std::vector<HostState>& states) {
  const auto safe = std::count_if(states.begin(), states.end(),
                                  [](const HostState& state) { return state.safe(); });
  const auto silent = std::count_if(states.begin(), states.end(),
                                    [](const HostState& state) { return !state.answered; });
  if (static_cast<std::size_t>(safe) == states.size()) {
    return fmt::format("All {} hosts are safe.", states.size());
  }
  std::string text = fmt::format("Not safe: {} of {} hosts are", safe, states.size());
  return text + (silent == 0 ? "." : fmt::format("; {} did not answer.", silent));
}

std::string states_json(const std::vector<HostState>& states) {
  Json list = Json::array();
  for (const HostState& state : states) {
    list.push_back({{"host", state.host},
                    {"answered", state.answered},
                    {"safe", state.safe()},
                    {"message", state.why},
                    {"problems", state.problems},
                    {"backups", Json::parse(state.backups, nullptr, false)}});
  }
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace backstay::cli
