#include "runtime/target/watched_run.hpp"

#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include <unistd.h>

#include "runtime/target/child_traffic.hpp"

namespace backstay::runtime {
namespace {

using Steady = std::chrono::steady_clock;

// Requests a stop when no life was noted for a while.
class StallWatch {
 public:
  // `moved`: asked now and then whether there was life that nobody noted.
  StallWatch(std::chrono::seconds stall, std::stop_source& source, std::function<bool()> moved = {})
      : stall_(stall),
        source_(source),
        moved_(std::move(moved)),
        watcher_([this](const std::stop_token& end) { watch(end); }) {}

  void note_life() { last_ = Steady::now().time_since_epoch().count(); }

  [[nodiscard]] bool stalled() const { return stalled_; }

 private:
  void watch(const std::stop_token& end) {
    std::unique_lock guard(mutex_);
    while (!wake_.wait_for(guard, end, kPoll, [] { return false; }) && !end.stop_requested()) {
      if (moved_ && moved_())
        note_life();
      const Steady::time_point last{Steady::duration(last_.load())};
      if (Steady::now() - last < stall_)
        continue;
      stalled_ = true;
      source_.request_stop();
      return;
    }
  }

  static constexpr std::chrono::milliseconds kPoll{200};

  std::chrono::seconds stall_;
  std::stop_source& source_;
  std::function<bool()> moved_;
  std::atomic<Steady::rep> last_ = Steady::now().time_since_epoch().count();
  std::atomic<bool> stalled_ = false;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread watcher_;  // last: it uses what is above
};

// Whether the child of a thread has moved or computed enough since it last had.
class TrafficMark {
 public:
  TrafficMark(pid_t thread, std::chrono::seconds stall, std::uint64_t least)
      : thread_(thread), least_(least), least_ticks_(stall.count() * kTicksASecond / 20) {}

  bool moved() {
    const auto now = traffic_of_children(thread_);
    if (now && now->bytes - mark_.bytes < least_ && now->ticks - mark_.ticks < least_ticks_)
      return false;
    mark_ = now.value_or(ChildTraffic());
    return true;
  }

 private:
  static constexpr std::uint64_t kTicksASecond = 100;

  pid_t thread_;
  std::uint64_t least_;
  std::uint64_t least_ticks_;
  ChildTraffic mark_;
};

// What became of a child that was ended because nothing moved.
Result<Exit> told(Result<Exit> exit,
                  const StallWatch& watch,
                  std::chrono::seconds stall,
                  const std::stop_token& stop) {
  if (exit || exit.error().kind != ErrorKind::Interrupted || !watch.stalled() ||
      stop.stop_requested())
    return exit;
  return Error{.kind = ErrorKind::Timeout,
               .message = "nothing moved for " + std::to_string(stall.count()) +
                          " s: the far side or the line to it stalled",
               .retry = Retry::Temporary};
}

}  // namespace

Result<std::chrono::seconds> read_stall_time() {
  const char* text = std::getenv("BACKSTAY_STALL");
  if (text == nullptr || *text == '\0')
    return kStall;
  const std::string_view digits = text;
  int seconds = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  constexpr int kLongest = 86400;
  const bool valid = error == std::errc{} && end == digits.data() + digits.size() && seconds > 0 &&
                     seconds <= kLongest;
  if (valid)
    return std::chrono::seconds(seconds);
  return Error{.kind = ErrorKind::BadInput,
               .message = "BACKSTAY_STALL is `" + std::string(digits) + "`: no number of seconds",
               .hint = "say how long nothing may move, 1 to 86400, or unset it"};
}

std::chrono::seconds stall_time() {
  const auto said = read_stall_time();
  return said ? *said : kStall;
}

Result<Exit> run_watched(CommandRunner& commands,
                         Command command,
                         std::chrono::seconds stall,
                         const std::stop_token& stop) {
  std::stop_source source;
  const std::stop_callback pass_on(stop, [&source] { source.request_stop(); });
  StallWatch watch(stall, source);
  if (auto give = std::move(command.standard_input)) {
    command.standard_input = [&watch, give](std::span<std::byte> room) {
      watch.note_life();
      return give(room);
    };
  }
  if (auto take = std::move(command.standard_output)) {
    command.standard_output = [&watch, take](std::span<const std::byte> bytes) {
      watch.note_life();
      return take(bytes);
    };
  }
  return told(commands.run(command, source.get_token()), watch, stall, stop);
}

Result<Exit> run_watched_by_traffic(CommandRunner& commands,
                                    const Command& command,
                                    std::chrono::seconds stall,
                                    std::uint64_t least,
                                    const std::stop_token& stop) {
  std::stop_source source;
  const std::stop_callback pass_on(stop, [&source] { source.request_stop(); });
  // Why the thread: the kernel keeps for each one which children it started.
  TrafficMark mark(::gettid(), stall, least);
  const StallWatch watch(stall, source, [&mark] { return mark.moved(); });
  return told(commands.run(command, source.get_token()), watch, stall, stop);
}

}  // namespace backstay::runtime
