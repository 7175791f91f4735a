#include "cli/part_of_set.hpp"

#include <array>
#include <iostream>
#include <iterator>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/output_file.hpp"
#include "cli/render/json_text.hpp"
#include "compiler/plan/phases.hpp"
#include "runtime/hosts/old_parts.hpp"
#include "runtime/hosts/part_call.hpp"
#include "runtime/hosts/together.hpp"
#include "runtime/system/environment.hpp"

namespace backstay::cli {
namespace {

constexpr Duration kUsualWait{3600};

Result<Duration> longest_wait(const PartWords& words, const PartPlan& plan) {
  if (words.longest_wait.empty()) {
    return plan.deadline.seconds > 0 ? plan.deadline : kUsualWait;
  }
  const auto given = parse_duration(words.longest_wait);
  if (!given || given->seconds <= 0) {
    return Error{.kind = ErrorKind::Usage,
                 .message = "--longest-wait takes a duration such as `15m`"};
  }
  return *given;
}

Result<runtime::GateFile> read_elsewhere(Execution& execution, const std::string& path) {
  if (path.empty()) {
    return runtime::GateFile();
  }
  std::string text;
  if (path == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    BACKSTAY_ASSIGN(text, runtime::read_file(execution.world().files, absolute_path(path)));
  }
  return runtime::parse_elsewhere(text);
}

/// The words of this process without those that make it a call. Why from the kernel: each verb
/// would have to write all of its options down again.
Result<std::vector<std::string>> words_of_run(Execution& execution, const std::string& directory) {
  BACKSTAY_ASSIGN(const std::string bytes,
                  runtime::read_file(execution.world().files, "/proc/self/cmdline"));
  BACKSTAY_ASSIGN(std::string program, runtime::own_program());
  std::vector<std::string> words = {std::move(program)};
  constexpr std::array<std::string_view, 4> kTakeOne = {"--phase", "--elsewhere", "-f", "--format"};
  std::size_t skip = 1;  // the name that we were called by
  for (std::size_t begin = 0; begin < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\0', begin), bytes.size());
    const std::string word = bytes.substr(begin, end - begin);
    begin = end + 1;
    if (skip > 0) {
      --skip;
      continue;
    }
    bool dropped = false;
    for (const std::string_view option : kTakeOne) {
      skip += word == option ? 1 : 0;
      dropped = dropped || word == option || word.starts_with(std::string(option) + "=");
    }
    if (!dropped) {
      words.push_back(word);
    }
  }
  words.insert(words.end(), {"--as-part", directory, "--format", "json"});
  return words;
}

std::string as_json(const PartWords& words,
                    const PartPlan& plan,
                    const runtime::PartAnswer& answer) {
  using Json = nlohmann::ordered_json;
  Json report;
  if (answer.end && !answer.end->report.empty()) {
    report = Json::parse(answer.end->report, nullptr, false);
  }
  const Json document = {{"schema_version", 1},
                         {"set", plan.part.set},
                         {"what", plan.part.what},
                         {"host", plan.part.host},
                         {"phase", words.phase},
                         {"phases", plan::Phases(plan.graph).count()},
                         {"state", to_string(answer.state)},
                         {"kept", answer.kept},
                         {"done", answer.done},
                         {"failed", answer.failed},
                         {"exit", answer.end ? Json(answer.end->exit) : Json()},
                         {"report", report.is_object() ? report : Json()},
                         {"messages", answer.end ? answer.end->messages : answer.last_words}};
  return json_document(document);
}

void show(Session& session,
          const PartWords& words,
          const PartPlan& plan,
          const runtime::PartAnswer& answer,
          OutputFormat format) {
  if (format != OutputFormat::Text) {
    session.print(as_json(words, plan, answer));
  } else {
    session.print(fmt::format("{} of set {} on {}: {}\n", plan.part.what, plan.part.set,
                              plan.part.host, to_string(answer.state)));
    for (const std::string& id : answer.failed) {
      session.say(id + " did not end well");
    }
    if (answer.end && answer.end->exit != 0) {
      session.say(printable(answer.end->messages));
    }
  }
  if (answer.state == runtime::PartState::Died) {
    session.fail(ExitCode::RunFailed, "the run behind it was killed, or the machine went down");
  } else if (answer.end) {
    session.exit_code = static_cast<ExitCode>(answer.end->exit);
  } else if (answer.state == runtime::PartState::Absent && words.finish) {
    session.fail(ExitCode::RunFailed, "no run of this set has begun on this host");
  }
}

}  // namespace

void add_part_options(CLI::App& verb, PartWords& words) {
  const char* group = "Several hosts";
  auto* set = verb.add_option("--set", words.set,
                              "Name of what several hosts do together; done once on each host");
  set->group(group);
  auto* phase =
      verb.add_option("--phase", words.phase, "Go as far as this barrier, and return there")
          ->needs(set)
          ->check(CLI::Range(1, 1'000'000))
          ->group(group);
  verb.add_option("--elsewhere", words.elsewhere,
                  "With --phase: what other hosts did, as JSON; `-` is stdin")
      ->needs(phase)
      ->group(group);
  verb.add_option("--longest-wait", words.longest_wait,
                  "At one barrier; then this host puts right what it holds and fails (default: the "
                  "backup's deadline)")
      ->needs(set)
      ->group(group);
  verb.add_flag("--finish", words.finish, "Wait for the end of this host's part, and show it")
      ->needs(set)
      ->group(group);
  verb.add_flag("--release", words.release,
                "End this host's part if it waits: what it stopped starts again")
      ->needs(set)
      ->group(group);
  verb.add_option("--together", words.together,
                  "When all parts have ended: the hosts that have a point of the set, as JSON; `-` "
                  "is stdin. The point of a host that held still with one that has none says so")
      ->needs(set)
      ->group(group);
  verb.add_option("--as-part", words.as_part)->group("");  // ours alone
}

Result<void> answer_part_call(Session& session,
                              Execution& execution,
                              const PartWords& words,
                              const PartPlan& plan,
                              OutputFormat format) {
  BACKSTAY_TRY(runtime::check_set_name(words.set));
  runtime::World& world = execution.world();
  runtime::PartAnswer answer;
  if (words.release) {
    BACKSTAY_ASSIGN(answer, runtime::release_part(world, plan.part, execution.stop()));
  } else if (words.finish) {
    BACKSTAY_ASSIGN(answer, runtime::finish_part(world, plan.part, execution.stop()));
  } else {
    BACKSTAY_TRY(longest_wait(words, plan));
    const std::size_t count = plan::Phases(plan.graph).count();
    if (words.phase > count) {
      return Error{.kind = ErrorKind::Usage,
                   .message = fmt::format("this plan has {} phases", count)};
    }
    runtime::PartCall call{.part = plan.part, .elsewhere = {}, .words = {}};
    BACKSTAY_ASSIGN(call.elsewhere, read_elsewhere(execution, words.elsewhere));
    BACKSTAY_ASSIGN(call.words, words_of_run(execution, runtime::part_directory(
                                                            world.directories.state, plan.part)));
    BACKSTAY_ASSIGN(
        answer, runtime::take_phase(world, plan.graph, call, words.phase - 1, execution.stop()));
  }
  show(session, words, plan, answer, format);
  return {};
}

Result<void> answer_together(Session& session,
                             Execution& execution,
                             const PartWords& words,
                             const PartPlan& part,
                             const plan::Target& target) {
  BACKSTAY_ASSIGN(const auto said, read_elsewhere(execution, words.together));
  BACKSTAY_ASSIGN(const auto together, runtime::settle_together(execution.world(), target,
                                                                part.graph, part.part, said.hosts));
  const nlohmann::ordered_json json = {{"schema_version", 1},
                                       {"set", part.part.set},
                                       {"host", part.part.host},
                                       {"with", together.with},
                                       {"apart", together.apart}};
  session.print(json_document(json));
  if (!together.apart.empty()) {
    session.fail(ExitCode::Partial,
                 fmt::format("the point of {} is {}", part.part.host, apart_text(together)),
                 "the same call again makes one of all hosts");
  }
  return {};
}

std::string done_before(Execution& execution, const PartWords& words, const runtime::Part& part) {
  if (words.set.empty() || !words.as_part.empty()) {
    return {};
  }
  runtime::World& world = execution.world();
  const auto end =
      runtime::read_end(world.files, runtime::part_directory(world.directories.state, part));
  return end && end->exit == 0 ? end->report : std::string();
}

Result<void> keep_part(Execution& execution,
                       const runtime::Part& part,
                       const std::string& report,
                       ExitCode code) {
  runtime::World& world = execution.world();
  const std::string directory = runtime::part_directory(world.directories.state, part);
  runtime::forget_old_parts(world);
  BACKSTAY_TRY(runtime::make_directories(world.files, directory, 0700));
  BACKSTAY_TRY(runtime::replace_file(world.files, directory + "/report.json", report, 0600));
  return runtime::write_exit(world.files, directory, static_cast<int>(code));
}

RunningPart::RunningPart(Execution& execution, const PartPlan& plan, runtime::PartOptions options)
    : gates_(execution.world(), plan.graph, std::move(options)),
      events_({&execution.events(), &gates_}) {}

Result<void> RunningPart::begin(Execution& execution, PartWords& words, const PartPlan& plan) {
  if (words.as_part.empty()) {
    return {};
  }
  BACKSTAY_ASSIGN(const Duration longest, longest_wait(words, plan));
  const std::shared_ptr<RunningPart> running(
      new RunningPart(execution, plan,
                      {.directory = words.as_part,
                       .host = plan.part.host,
                       .longest_wait = std::chrono::seconds(longest.seconds)}));
  BACKSTAY_TRY(running->gates_.begin());
  running->gates_.also_stop_on(execution.stop());
  words.running = running;
  return {};
}

void note_part_end(Execution& execution, PartWords& words, ExitCode code) {
  if (words.as_part.empty()) {
    return;
  }
  runtime::forget_old_parts(execution.world());
  const auto noted =
      runtime::write_exit(execution.world().files, words.as_part, static_cast<int>(code));
  if (!noted) {
    execution.events().warning("", to_string(noted.error()));
  }
  words.running.reset();
}

}  // namespace backstay::cli
