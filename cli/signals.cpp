#include "cli/signals.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <thread>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace backstay::cli {

// A thread waits on a signalfd, because a stop callback may do things that no handler may.
struct SignalStop::State {
  std::stop_source stop;
  std::atomic<int> received{0};
  sigset_t previous{};
  int signals = -1;
  int end = -1;
  std::function<void()> on_second;
  std::thread waiter;

  void wait() {
    std::array<pollfd, 2> events = {{{.fd = signals, .events = POLLIN, .revents = 0},
                                     {.fd = end, .events = POLLIN, .revents = 0}}};
    while (::poll(events.data(), events.size(), -1) >= 0 || errno == EINTR) {
      if ((events[1].revents & POLLIN) != 0) {
        return;
      }
      signalfd_siginfo info{};
      if ((events[0].revents & POLLIN) != 0 && ::read(signals, &info, sizeof info) == sizeof info) {
        if (received.exchange(static_cast<int>(info.ssi_signo)) != 0) {
          on_second();
        }
        stop.request_stop();
      }
    }
  }
};

SignalStop::SignalStop(std::function<void()> on_second) : state_(std::make_unique<State>()) {
  state_->on_second = std::move(on_second);
  sigset_t watched;
  sigemptyset(&watched);
  sigaddset(&watched, SIGINT);
  sigaddset(&watched, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &watched, &state_->previous);
  state_->signals = ::signalfd(-1, &watched, SFD_CLOEXEC);
  state_->end = ::eventfd(0, EFD_CLOEXEC);
  state_->waiter = std::thread([state = state_.get()] { state->wait(); });
}

SignalStop::~SignalStop() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(state_->end, &one, sizeof one);
  state_->waiter.join();
  ::close(state_->signals);
  ::close(state_->end);
  ::pthread_sigmask(SIG_SETMASK, &state_->previous, nullptr);
}

std::stop_token SignalStop::token() const {
  return state_->stop.get_token();
}

int SignalStop::received() const {
  return state_->received;
}

}  // namespace backstay::cli
