#include "runtime/hosts/part_call.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "compiler/plan/phases.hpp"
#include "runtime/hosts/detached.hpp"

namespace backstay::runtime {
namespace {

constexpr auto kPeriod = std::chrono::milliseconds(100);
constexpr auto kLongestStart = std::chrono::seconds(60);

Error interrupted() {
  return {.kind = ErrorKind::Interrupted,
          .message = "interrupted; the run goes on until its longest wait is over",
          .hint = "end it now with --release"};
}

/// A run that has not told of itself yet is not looked at here: begin() waits for that.
PartState state_of(Filesystem& files, const std::string& directory) {
  if (!exists(files, directory + "/progress.json")) {
    return read_end(files, directory) ? PartState::Ended : PartState::Absent;
  }
  const auto lock = files.lock_directory(directory);
  if (!lock && lock.error().kind == ErrorKind::Busy) {
    return read_end(files, directory) ? PartState::Ended : PartState::Waiting;
  }
  return read_end(files, directory) ? PartState::Ended : PartState::Died;
}

class Caller {
 public:
  Caller(World& world, const Part& part, const std::stop_token& stop)
      : files_(world.files),
        clock_(world.clock),
        directory_(part_directory(world.directories.state, part)),
        stop_(stop) {}

  [[nodiscard]] PartState state() const { return state_of(files_, directory_); }

  Result<void> begin(const PartCall& call, const GateFile& gate) {
    if (exists(files_, directory_)) {
      BACKSTAY_TRY(remove_tree(files_, directory_));
    }
    BACKSTAY_TRY(make_directories(files_, directory_, 0700));
    BACKSTAY_TRY(write_gate(files_, directory_, gate));
    BACKSTAY_ASSIGN(const int process, start_detached({.words = call.words,
                                                       .output = directory_ + "/report.json",
                                                       .messages = directory_ + "/messages.log"}));
    const auto until = clock_.steady_now() + kLongestStart;
    while (!exists(files_, directory_ + "/progress.json") && !read_end(files_, directory_)) {
      if (detached_ended(process) || clock_.steady_now() >= until) {
        return Error{.kind = ErrorKind::ToolFailed,
                     .message = "the run behind this phase did not begin: " + messages()};
      }
      std::this_thread::sleep_for(kPeriod);
    }
    return {};
  }

  Result<void> open(const GateFile& gate) const { return write_gate(files_, directory_, gate); }

  /// Whether an earlier call has taken it further: what others held still for it then is over.
  [[nodiscard]] bool is_past(std::size_t phase) const {
    const auto gate = read_gate(files_, directory_);
    return gate && gate->open > phase;
  }

  /// Also on a full disk, where nothing can be written: a gate that is gone says the same.
  Result<void> give_up() const {
    auto gate = read_gate(files_, directory_);
    GateFile closed = gate ? *std::move(gate) : GateFile();
    closed.release = true;
    return open(closed) ? Result<void>() : files_.unlink(directory_ + "/gate.json");
  }

  /// Until `enough` or the run's end.
  template <typename Enough>
  Result<void> wait(const Enough& enough) const {
    while (state() == PartState::Waiting && !enough()) {
      if (stop_.stop_requested()) {
        return interrupted();
      }
      std::this_thread::sleep_for(kPeriod);
    }
    return {};
  }

  [[nodiscard]] PartProgress progress() const {
    auto found = read_progress(files_, directory_);
    return found ? *std::move(found) : PartProgress();
  }

  [[nodiscard]] PartAnswer answer() const {
    PartAnswer answer{.state = state(), .done = {}, .failed = {}};
    if (answer.state == PartState::Ended) {
      answer.end = read_end(files_, directory_);
    } else if (answer.state == PartState::Died) {
      answer.last_words = messages();
    }
    return answer;
  }

 private:
  [[nodiscard]] std::string messages() const {
    const auto text = read_file(files_, directory_ + "/messages.log");
    return text && !text->empty() ? *text : std::string("it said nothing");
  }

  Filesystem& files_;
  Clock& clock_;
  std::string directory_;
  std::stop_token stop_;
};

bool ended(const PartProgress& progress, const std::string& id) {
  return progress.steps.contains(id) ||
         std::find(progress.left_out.begin(), progress.left_out.end(), id) !=
             progress.left_out.end();
}

bool ended_well(const PartProgress& progress, const std::string& id) {
  const auto found = progress.steps.find(id);
  return found == progress.steps.end()
             ? ended(progress, id)
             : found->second == StepState::Done || found->second == StepState::Partial;
}

std::vector<std::string> ids_of(const std::vector<plan::Step>& graph,
                                const std::vector<std::size_t>& places) {
  std::vector<std::string> ids;
  for (const std::size_t place : places) {
    ids.push_back(graph[place].id);
  }
  return ids;
}

bool is_first(const plan::Phases& phases, const std::string& host, std::size_t phase) {
  for (std::size_t earlier = 0; earlier < phase; ++earlier) {
    if (!phases.of_host(host, earlier).empty()) {
      return false;
    }
  }
  return true;
}

/// Whether what ended before need not be done again.
bool is_kept(const Caller& caller, const PartCall& call, const plan::Phases& phases) {
  const auto end = caller.answer().end;
  return end && end->exit == 0 && (call.part.what != "backup" || !phases.joined(call.part.host));
}

}  // namespace

std::string_view to_string(PartState state) {
  switch (state) {
    case PartState::Absent:
      return "absent";
    case PartState::Waiting:
      return "waiting";
    case PartState::Ended:
      return "ended";
    case PartState::Died:
      return "died";
  }
  return "";
}

Result<PartAnswer> take_phase(World& world,
                              const std::vector<plan::Step>& graph,
                              const PartCall& call,
                              std::size_t phase,
                              const std::stop_token& stop) {
  const plan::Phases phases(graph);
  Caller caller(world, call.part, stop);
  GateFile gate = call.elsewhere;
  gate.open = phase;
  gate.release = false;
  const bool first = is_first(phases, call.part.host, phase);
  PartState before = caller.state();
  if (before == PartState::Waiting && first && caller.is_past(phase)) {
    BACKSTAY_TRY(caller.give_up());
    BACKSTAY_TRY(caller.wait([] { return false; }));
    before = caller.state();
  }
  const bool kept = before == PartState::Ended && (!first || is_kept(caller, call, phases));
  if (before == PartState::Waiting) {
    BACKSTAY_TRY(caller.open(gate));
  } else if (first && !kept) {
    BACKSTAY_TRY(caller.begin(call, gate));
  } else if (before == PartState::Absent) {
    return Error{.kind = ErrorKind::NotFound,
                 .message = fmt::format("no {} of set {} has begun on {}", call.part.what,
                                        call.part.set, call.part.host),
                 .hint = "its phases are taken in order, from the first one"};
  }
  const auto awaited = ids_of(graph, phases.of_host(call.part.host, phase).awaited);
  BACKSTAY_TRY(caller.wait([&] {
    const PartProgress progress = caller.progress();
    return std::all_of(awaited.begin(), awaited.end(),
                       [&](const std::string& id) { return ended(progress, id); });
  }));
  PartAnswer answer = caller.answer();
  const PartProgress progress = caller.progress();
  for (const std::string& id : awaited) {
    (ended_well(progress, id) ? answer.done : answer.failed).push_back(id);
  }
  answer.kept = kept && first;
  return answer;
}

Result<PartAnswer> finish_part(World& world, const Part& part, const std::stop_token& stop) {
  const Caller caller(world, part, stop);
  BACKSTAY_TRY(caller.wait([] { return false; }));
  return caller.answer();
}

Result<PartAnswer> release_part(World& world, const Part& part, const std::stop_token& stop) {
  const Caller caller(world, part, stop);
  if (caller.state() == PartState::Waiting) {
    BACKSTAY_TRY(caller.give_up());
    BACKSTAY_TRY(caller.wait([] { return false; }));
  }
  return caller.answer();
}

}  // namespace backstay::runtime
