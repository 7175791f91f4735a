#include "cli/ansible_engine.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/ansible_play.hpp"
#include "cli/begun_set.hpp"
#include "cli/output_file.hpp"
#include "cli/plan_host.hpp"
#include "cli/sets.hpp"
#include "compiler/plan/action_facts.hpp"
#include "compiler/plan/phases.hpp"
#include "compiler/plan/plan_yaml.hpp"
#include "runtime/engine/ansible/copy_on_plays.hpp"
#include "runtime/engine/ansible/export.hpp"
#include "runtime/executor/run_files.hpp"
#include "runtime/executor/wait_for_lock.hpp"
#include "runtime/hosts/set_record.hpp"
#include "runtime/store/lock.hpp"

namespace backstay::cli {
namespace {

using Json = nlohmann::ordered_json;
using runtime::SetMember;
using runtime::SetRecord;

constexpr auto kResumed = std::chrono::hours(24);

std::vector<std::string> hosts_of_call(const EngineWords& words, const EngineCall& call) {
  std::set<std::string> hosts;
  for (const plan::Step& step : call.graph) {
    const bool wanted = words.only.empty() || std::find(words.only.begin(), words.only.end(),
                                                        step.host) != words.only.end();
    if (wanted) {
      hosts.insert(step.host);
    }
  }
  return {hosts.begin(), hosts.end()};
}

/// The same again: an incomplete set of this plan and these hosts, not older than a day.
bool is_resumed(const SetRecord& earlier, const SetRecord& now, runtime::Clock& clock) {
  const auto hosts = [](const SetRecord& record) {
    std::vector<std::string> names;
    for (const SetMember& one : record.members) {
      names.push_back(one.host);
    }
    return names;
  };
  const std::string oldest = runtime::to_rfc3339(clock.now() - kResumed);
  return earlier.what == now.what && earlier.policy == now.policy && earlier.backup == now.backup &&
         earlier.plan_digest == now.plan_digest && earlier.started >= oldest &&
         hosts(earlier) == hosts(now);
}

/// One set of what several hosts do, from the first side effect on.
class EngineRun {
 public:
  EngineRun(Session& session,
            Execution& execution,
            const PlanFile& file,
            const EngineWords& words,
            const EngineCall& call)
      : session_(session),
        execution_(execution),
        world_(execution.world()),
        file_(file),
        words_(words),
        call_(call) {
    record_.what = call.what;
    record_.policy = file.plan.policy;
    record_.backup = call.name;
    record_.plan_digest = plan::digest(file.plan);
    record_.started = runtime::to_rfc3339(world_.clock.now());
    for (const std::string& host : hosts_of_call(words, call)) {
      record_.members.push_back({.host = host});
    }
  }

  Result<void> run(OutputFormat format) {
    BACKSTAY_TRY(choose_snapshots());
    BACKSTAY_ASSIGN(const auto call_lock, lock_this_call());
    choose_set();
    directory_ = fmt::format("{}/engine/{}", world_.directories.state, record_.set);
    BACKSTAY_TRY(runtime::make_directories(world_.files, directory_, 0700));
    BACKSTAY_ASSIGN(const auto set_lock, lock_set());
    BACKSTAY_ASSIGN(names_, write_export(world_, file_, words_.exported, directory_));
    if (!call_.dry_run) {
      BACKSTAY_TRY(
          note_begun(world_, {.set = record_.set, .started = record_.started}, this_call()));
    }
    BACKSTAY_ASSIGN(const bool ended,
                    play(runtime::playbook_name(file_.plan, call_.what, call_.name)));
    if (call_.dry_run) {
      BACKSTAY_TRY(runtime::remove_tree(world_.files, directory_));
      if (!ended) {
        session_.fail(ExitCode::RunFailed, "the real run could not start on every host");
      }
      return {};
    }
    if (!ended && call_.what != "drill" && plan::Phases(call_.graph).count() > 1) {
      BACKSTAY_ASSIGN(const bool released, play("release.yml"));
      (void)released;  // a host that is not reached lets go by itself
    }
    record_.finished = runtime::to_rfc3339(world_.clock.now());
    record_.members =
        runtime::read_members(world_.files, fmt::format("{}/results/{}", directory_, record_.set),
                              call_.what, hosts_of_call(words_, call_));
    say_why_nothing_came();
    name_what_is_missing();
    read_copies_on();
    BACKSTAY_TRY(runtime::write_set(world_, record_));
    forget_begun(world_, record_.set);
    if (call_.what == "backup") {
      forget_old_sets(world_, file_.plan, call_.name);
    }
    show(format);
    return {};
  }

 private:
  /// Two backups at once from here would meet on every host: the second one ends before it touches
  /// any. Restores may go on beside each other, of different hosts.
  Result<runtime::Lock> lock_this_call() {
    if (call_.what != "backup" || call_.dry_run) {
      return runtime::Lock();
    }
    const std::string directory = world_.directories.state + "/engine";
    BACKSTAY_TRY(runtime::make_directories(world_.files, directory, 0700));
    const runtime::LockHolder holder{.run_id = "of all hosts", .since = record_.started};
    return runtime::wait_for_lock(
        world_.clock,
        [&] { return runtime::lock_call(directory, record_.policy, record_.backup, holder); },
        call_.lock_timeout, execution_.events(), execution_.stop());
  }

  /// Two calls may go on with the same set.
  Result<std::unique_ptr<runtime::File>> lock_set() {
    auto lock = world_.files.lock_directory(directory_);
    if (!lock && lock.error().kind == ErrorKind::Busy) {
      return Error{.kind = ErrorKind::Busy,
                   .message = fmt::format("another call goes on with set {}", record_.set),
                   .hint = "wait for it to end, or begin another set with --new-set"};
    }
    return lock;
  }

  /// The snapshots of a set belong to each other: each host restores its own of it.
  Result<void> choose_snapshots() {
    if (words_.of_set.empty()) {
      return {};
    }
    for (const SetRecord& set : runtime::read_sets(world_)) {
      const bool meant = set.what == "backup" && set.policy == record_.policy &&
                         set.backup == record_.backup &&
                         (words_.of_set == "latest" ? set.complete() : set.set == words_.of_set);
      if (!meant) {
        continue;
      }
      if (!set.complete()) {
        return Error{
            .kind = ErrorKind::Refused,
            .message = fmt::format("set {} is not complete: it counts for nothing", set.set),
            .hint = "restore hosts by themselves, without --of-set"};
      }
      for (const SetMember& member : set.members) {
        snapshots_[member.host] = member.snapshot;
      }
      return {};
    }
    return Error{.kind = ErrorKind::NotFound,
                 .message = fmt::format("this machine knows no complete set `{}` of backup {}",
                                        words_.of_set, record_.backup)};
  }

  /// What makes a call the same as one that was cut off.
  [[nodiscard]] std::string this_call() const {
    Json hosts = Json::array();
    for (const SetMember& one : record_.members) {
      hosts.push_back(one.host);
    }
    return Json{record_.what, record_.policy,  record_.backup, record_.plan_digest,
                hosts,        call_.arguments, snapshots_}
        .dump();
  }

  /// Of a call that was killed: hosts may wait in its set, and hold what another one needs.
  bool go_on_where_a_call_was_cut_off() {
    const auto begun =
        find_begun(world_, this_call(), runtime::to_rfc3339(world_.clock.now() - kResumed));
    if (!begun) {
      return false;
    }
    session_.say(fmt::format(
        "goes on with set {}, whose call was cut off (--new-set begins another)", begun->set));
    record_.set = begun->set;
    record_.started = begun->started;
    return true;
  }

  void choose_set() {
    if (!words_.new_set && !call_.dry_run && !go_on_where_a_call_was_cut_off()) {
      for (const SetRecord& earlier : runtime::read_sets(world_)) {
        if (!is_resumed(earlier, record_, world_.clock)) {
          continue;
        }
        if (!earlier.whole()) {
          session_.say(
              fmt::format("goes on with set {}, which is not complete (--new-set begins "
                          "another)",
                          earlier.set));
          record_.set = earlier.set;
          record_.started = earlier.started;
        }
        break;
      }
    }
    if (record_.set.empty()) {
      record_.set = runtime::new_run_id(world_.clock);
    }
  }

  [[nodiscard]] std::string variables() const {
    Json json = {{"backstay_set", record_.set},
                 {"backstay_confirm", record_.policy},
                 {"backstay_arguments", call_.arguments},
                 {"backstay_snapshots", snapshots_}};
    if (!words_.package.empty()) {
      json["backstay_package"] = absolute_path(words_.package);
    }
    return json.dump();
  }

  Result<bool> play(const std::string& book) {
    return play_book(session_, execution_,
                     {.directory = directory_,
                      .book = book,
                      .variables = variables(),
                      .only = names_in_inventory(words_.only, names_),
                      .check = call_.dry_run,
                      .complaints = &complaints_});
  }

  /// What the hosts through which copies go say; one that was left out knowingly is not asked for.
  void read_copies_on() {
    for (const runtime::CopyOn& copy : runtime::copies_on(file_.plan)) {
      const bool asked = words_.only.empty() || std::find(words_.only.begin(), words_.only.end(),
                                                          copy.host) != words_.only.end();
      if (call_.what != "backup" || copy.backup != record_.backup || !asked) {
        continue;
      }
      auto found =
          runtime::read_members(world_.files, fmt::format("{}/results/{}", directory_, record_.set),
                                runtime::result_name(copy), {copy.host});
      found.front().copy = copy.target;
      record_.copies.push_back(std::move(found.front()));
    }
  }

  /// Of a host without a result Ansible alone knows why.
  void say_why_nothing_came() {
    for (SetMember& one : record_.members) {
      const std::string why = complaint_about(one.host, complaints_, names_);
      if (!one.reached && !why.empty()) {
        one.message = why;
      }
    }
  }

  /// A host that told nothing of its components lacks all of them.
  void name_what_is_missing() {
    for (SetMember& one : record_.members) {
      if (call_.what != "backup" || one.exit == 0 || !one.snapshot.empty() || !one.failed.empty()) {
        continue;
      }
      for (const plan::Step& step : call_.graph) {
        if (step.host == one.host && plan::captures(step.action)) {
          const auto components = plan::components_of(step.action);
          one.failed.insert(one.failed.end(), components.begin(), components.end());
        }
      }
    }
  }

  void show(OutputFormat format) {
    if (format != OutputFormat::Text) {
      session_.print(to_json(record_));
    } else {
      for (const SetMember& one : record_.members) {
        session_.print(line_of(one));
      }
      for (const SetMember& one : record_.copies) {
        session_.print(line_of_copy(one));
      }
    }
    const auto good = std::count_if(record_.members.begin(), record_.members.end(),
                                    [](const SetMember& one) { return one.exit == 0; });
    session_.say(fmt::format("set {} is {}: {} of {} hosts", record_.set,
                             record_.complete() ? "complete" : "not complete", good,
                             record_.members.size()));
    if (!record_.whole()) {
      session_.fail(
          static_cast<ExitCode>(record_.exit_code()),
          fmt::format("{} of {} did not end well on every host", call_.what, record_.policy),
          "the same call again does what is missing");
    }
  }

  static std::string line_of_copy(const SetMember& one) {
    std::string text = fmt::format("{:<16} {:<9} copied on to {}", one.host,
                                   !one.reached         ? "no answer"
                                   : one.status.empty() ? "failed"
                                                        : one.status,
                                   one.copy);
    if (one.exit != 0 && !one.message.empty()) {
      text += "  " + one.message.substr(0, one.message.find('\n'));
    }
    return printable(text) + "\n";
  }

  static std::string line_of(const SetMember& one) {
    std::string text = fmt::format(
        "{:<16} {:<9} {}", one.host,
        one.reached ? (one.status.empty() ? "failed" : one.status) : "no answer", one.snapshot);
    if (!one.failed.empty()) {
      text += fmt::format("  without {}", fmt::join(one.failed, ", "));
    }
    if (one.exit != 0 && !one.message.empty()) {
      text += "  " + one.message.substr(0, one.message.find('\n'));
    }
    return printable(text) + "\n";
  }

  Session& session_;
  Execution& execution_;
  runtime::World& world_;
  const PlanFile& file_;
  const EngineWords& words_;
  const EngineCall& call_;
  SetRecord record_;
  std::string directory_;
  PlayerComplaints complaints_;
  std::map<std::string, std::string> names_;
  std::map<std::string, std::string> snapshots_;
};

}  // namespace

namespace {

constexpr const char* kGroup = "All hosts at once";

/// Those that every verb has; the others need the option that is returned.
CLI::Option* add_common_options(CLI::App& verb, EngineWords& words) {
  auto* engine = verb.add_option("--engine", words.engine, "ansible: on all hosts of the plan");
  engine->check(CLI::IsMember({"ansible"}))->group(kGroup);
  const auto of_engine = [&](CLI::Option* option) { option->group(kGroup); };
  of_engine(verb.add_option("--inventory", words.exported.inventory,
                            "Your inventory (default: the policy's; else one is written from the "
                            "plan)"));
  of_engine(verb.add_option("--map", words.exported.maps,
                            "HOST=NAME: what a host of the plan is called in that inventory")
                ->allow_extra_args(false));
  of_engine(verb.add_option("--approvals", words.exported.approvals,
                            "Directory with the approvals POLICY@HOST"));
  of_engine(verb.add_option("--forks", words.exported.forks, "Hosts at once (default: 20)")
                ->check(CLI::Range(1, 1000)));
  of_engine(verb.add_option("--package", words.package, "A .deb that is installed on the hosts"));
  return engine;
}

}  // namespace

void add_engine_options(CLI::App& verb, EngineWords& words, bool restore) {
  auto* engine = add_common_options(verb, words);
  for (const char* name : {"--inventory", "--map", "--approvals", "--forks", "--package"}) {
    verb.get_option(name)->needs(engine);
  }
  const auto of_engine = [&](CLI::Option* option) { option->needs(engine)->group(kGroup); };
  of_engine(
      verb.add_option("--only", words.only, "Only this host of the plan")->allow_extra_args(false));
  of_engine(verb.add_flag("--new-set", words.new_set,
                          "Do not go on with an earlier set that is not complete"));
  if (restore) {
    of_engine(verb.add_option("--of-set", words.of_set,
                              "The snapshots that one complete set holds: its id or latest"));
  }
}

// Why without needs(): a timer here that the policy asks for takes the words without --engine, too.
void add_schedule_engine_options(CLI::App& verb, EngineWords& words) {
  auto* engine = add_common_options(verb, words);
  verb.add_option("--only", words.only, "Only this host of the plan")
      ->allow_extra_args(false)
      ->needs(engine)
      ->group(kGroup);
}

Result<void> check_words(const plan::Plan& plan, const EngineWords& words) {
  for (const std::string& host : words.only) {
    BACKSTAY_TRY(check_host(plan, host));
  }
  if (words.package.empty() || ::access(words.package.c_str(), R_OK) == 0) {
    return {};
  }
  return Error{
      .kind = ErrorKind::NotFound,
      .message = fmt::format("the package `{}` is not there", absolute_path(words.package))};
}

Result<void> refuse_words_of_one(std::initializer_list<std::pair<const char*, bool>> words) {
  for (const auto& [word, said] : words) {
    if (said) {
      return Error{.kind = ErrorKind::Usage,
                   .message = fmt::format("{} is of one machine: --engine does not take it", word),
                   .hint = "--only HOST names a host of the plan"};
    }
  }
  return {};
}

Result<void> run_engine(Session& session,
                        Execution& execution,
                        const PlanFile& file,
                        const EngineWords& words,
                        const EngineCall& call,
                        OutputFormat format) {
  BACKSTAY_TRY(check_words(file.plan, words));
  return EngineRun(session, execution, file, words, call).run(format);
}

}  // namespace backstay::cli
