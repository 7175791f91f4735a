#include "runtime/target/watched_run.hpp"

#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

namespace backstay::runtime {
namespace {

using Steady = std::chrono::steady_clock;

// Requests a stop when no life was noted for a while.
class StallWatch {
 public:
  StallWatch(std::chrono::seconds stall, std::stop_source& source)
      : stall_(stall),
        source_(source),
        watcher_([this](const std::stop_token& end) { watch(end); }) {}

  void note_life() { last_ = Steady::now().time_since_epoch().count(); }

  [[nodiscard]] bool stalled() const { return stalled_; }

 private:
  void watch(const std::stop_token& end) {
    std::unique_lock guard(mutex_);
    while (!wake_.wait_for(guard, end, kPoll, [] { return false; }) && !end.stop_requested()) {
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
  std::atomic<Steady::rep> last_ = Steady::now().time_since_epoch().count();
  std::atomic<bool> stalled_ = false;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread watcher_;  // last: it uses what is above
};

}  // namespace

std::chrono::seconds stall_time() {
  const char* text = std::getenv("BACKSTAY_STALL");
  const std::string_view digits = text == nullptr ? "" : text;
  int seconds = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  constexpr int kLongest = 86400;
  const bool valid = error == std::errc{} && end == digits.data() + digits.size() && seconds > 0 &&
                     seconds <= kLongest;
  return valid ? std::chrono::seconds(seconds) : kStall;
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
  auto exit = commands.run(command, source.get_token());
  if (!exit && exit.error().kind == ErrorKind::Interrupted && watch.stalled() &&
      !stop.stop_requested()) {
    return Error{.kind = ErrorKind::Timeout,
                 .message = "nothing moved for " + std::to_string(stall.count()) +
                            " s: the far side or the line to it stalled",
                 .retry = Retry::Temporary};
  }
  return exit;
}

}  // namespace backstay::runtime
