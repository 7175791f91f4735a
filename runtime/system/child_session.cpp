#include "runtime/system/child_session.hpp"

#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/system/child_setup.hpp"

namespace backstay::runtime {
namespace {

constexpr std::size_t kLargestOutput = 16U << 20U;
constexpr std::size_t kLargestErrors = 64U << 10U;
constexpr std::size_t kPiece = 64U << 10U;
/// How long an escaped grandchild may hold our pipes open after the child itself has ended.
constexpr std::chrono::seconds kDrainTime{2};
/// How often a stop, the end of the grace and the deadline are looked for, in milliseconds.
constexpr int kLook = 50;
/// So long, in milliseconds, only the end of a child is waited for; what it says waits in the pipe.
/// Why: it closes its pipes before it ends, and being woken for each costs a good part of what a
/// small child does.
constexpr int kShortLife = 5;

/// Bytes, 0 at the end or where it failed; nothing: try again.
std::optional<std::size_t> read_some(const Descriptor& pipe, std::span<char> buffer) {
  const auto count = ::read(pipe.get(), buffer.data(), buffer.size());
  if (count < 0 && errno == EINTR) {
    return std::nullopt;
  }
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

bool bytes_waiting(const Descriptor& pipe) {
  int count = 0;
  return pipe.open() && ::ioctl(pipe.get(), FIONREAD, &count) == 0 && count > 0;
}

}  // namespace

ChildSession::~ChildSession() {
  if (child_ > 0 && !exited_) {  // only after an exception: nothing of the group may be left
    (void)::kill(-child_, SIGKILL);
    reap();
  }
}

Result<void> ChildSession::start() {
  BACKSTAY_ASSIGN(const Descriptor nothing, open_nothing());
  Pipe in;
  Pipe out;
  if (command_.standard_input) {
    BACKSTAY_ASSIGN(in, make_wide_pipe());
    (void)::fcntl(in.write_end.get(), F_SETFL, O_NONBLOCK);
  }
  if (!command_.drop_output) {
    BACKSTAY_ASSIGN(out, command_.standard_output ? make_wide_pipe() : make_pipe());
  }
  BACKSTAY_ASSIGN(Pipe err, make_pipe());
  const auto given = [&](const Descriptor& pipe) {
    return pipe.open() ? pipe.get() : nothing.get();
  };
  BACKSTAY_ASSIGN(auto launched, launch(command_, {given(in.read_end), given(out.write_end),
                                                   err.write_end.get()}));
  child_ = launched.process;
  ended_ = std::move(launched.watch);
  input_ = std::move(in.write_end);
  output_ = std::move(out.read_end);
  errors_ = std::move(err.read_end);
  return {};
}

Result<Exit> ChildSession::finish(const std::stop_token& stop) {
  if (command_.deadline.count() > 0) {
    deadline_ = std::chrono::steady_clock::now() + command_.deadline;
  }
  listening_ = input_.open();
  wait();
  listening_ = true;
  while (!exited_ || output_.open() || errors_.open()) {
    notice_time(stop, std::chrono::steady_clock::now());
    wait();
  }
  if (failure_) {
    return *std::move(failure_);
  }
  return result();
}

void ChildSession::notice_time(const std::stop_token& stop, Steady now) {
  if (stop.stop_requested()) {
    end_child(Error{.kind = ErrorKind::Interrupted,
                    .message = "`" + command_.program + "` was ended: the run was interrupted"});
  }
  if (deadline_ && now >= *deadline_) {
    deadline_.reset();
    if (!only_held_open()) {
      end_child(Error{.kind = ErrorKind::Timeout,
                      .message = "`" + command_.program + "` did not end within " +
                                 std::to_string(command_.deadline.count()) + " s"});
    }
  }
  if (kill_at_ && !exited_ && (skip_grace_ || now >= *kill_at_)) {
    kill_at_.reset();
    (void)::kill(-child_, SIGKILL);
  }
  if (exited_) {
    notice_drained(now);
  }
}

/// After the child's end: reads what is still in the pipes, but does not wait for ever for somebody
/// who escaped from the group and holds them open.
void ChildSession::notice_drained(Steady now) {
  if (now < drained_at_) {
    return;
  }
  // Why else not for ever: an escaped one that goes on talking is not the child, whose last words
  // fitted into the pipe. Data is read to its end.
  if (command_.standard_output && bytes_waiting(output_)) {
    drained_at_ = now + kDrainTime;
  } else {
    stop_reading();
  }
}

void ChildSession::wait() {
  const int none = -1;
  std::array<pollfd, 4> polled = {{
      {.fd = exited_ ? none : ended_.get(), .events = POLLIN, .revents = 0},
      {.fd = listening_ ? output_.get() : none, .events = POLLIN, .revents = 0},
      {.fd = listening_ ? errors_.get() : none, .events = POLLIN, .revents = 0},
      {.fd = input_.get(), .events = POLLOUT, .revents = 0},
  }};
  if (::poll(polled.data(), polled.size(), listening_ ? kLook : kShortLife) <= 0) {
    return;
  }
  if (polled[1].revents != 0) {
    read_output();
  }
  if (polled[2].revents != 0) {
    read_errors();
  }
  if (polled[3].revents != 0) {
    feed_input();
  }
  if (polled[0].revents != 0) {
    note_exit();
  }
}

void ChildSession::note_exit() {
  // What the child left behind in its group ends with it. Its number cannot be another's yet: it is
  // not reaped.
  (void)::kill(-child_, SIGKILL);
  reap();
  close_input(false);
  drained_at_ = std::chrono::steady_clock::now() + kDrainTime;
}

void ChildSession::reap() {
  while (::waitpid(child_, &status_, 0) < 0 && errno == EINTR) {
  }
  exited_ = true;
}

void ChildSession::read_output() {
  if (!output_buffer_) {
    output_buffer_.reset(new char[kPiece]);  // not zeroed: only what is touched costs
  }
  const auto count = read_some(output_, std::span(output_buffer_.get(), kPiece));
  if (count == 0U) {
    output_.reset();
  } else if (count && !failure_) {
    take_output(std::as_bytes(std::span(output_buffer_.get(), *count)));
  }
}

void ChildSession::take_output(std::span<const std::byte> bytes) {
  if (command_.standard_output) {
    if (auto taken = command_.standard_output(bytes); !taken) {
      end_child(std::move(taken).error());
    }
    return;
  }
  if (collected_.size() + bytes.size() > kLargestOutput) {
    end_child(Error{.kind = ErrorKind::ToolFailed,
                    .message = "`" + command_.program + "` printed more than 16 MiB"});
    return;
  }
  collected_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

void ChildSession::read_errors() {
  std::array<char, 1U << 12U> buffer;
  const auto count = read_some(errors_, buffer);
  if (count == 0U) {
    errors_.reset();
  } else if (count) {
    said_.append(buffer.data(), *count);
  }
  if (said_.size() > 2 * kLargestErrors) {
    said_.erase(0, said_.size() - kLargestErrors);
  }
}

void ChildSession::feed_input() {
  if (given_.empty()) {
    if (!input_buffer_) {
      input_buffer_.reset(new char[kPiece]);
    }
    auto given =
        command_.standard_input(std::as_writable_bytes(std::span(input_buffer_.get(), kPiece)));
    if (!given || *given == 0) {
      close_input(given.has_value());
      if (!given) {
        end_child(std::move(given).error());
      }
      return;
    }
    given_ = std::span(input_buffer_.get(), *given);
  }
  const auto count = ::write(input_.get(), given_.data(), given_.size());
  if (count >= 0) {
    given_ = given_.subspan(static_cast<std::size_t>(count));
  } else if (errno != EAGAIN && errno != EINTR) {
    close_input(false);
  }
}

/// INVARIANT: the first close decides whether all of the input was taken.
void ChildSession::close_input(bool all_taken) {
  if (input_.open()) {
    input_.reset();
    took_all_input_ = all_taken;
  }
}

/// The child itself ended in time, and only somebody who escaped from its group holds the pipes:
/// they are closed, and the exit counts. Not where the output is data and still comes.
bool ChildSession::only_held_open() {
  if (!exited_ || (command_.standard_output && bytes_waiting(output_))) {
    return false;
  }
  stop_reading();
  return true;
}

/// TERM to the whole group, and KILL after the grace. The first reason is the one that is told.
void ChildSession::end_child(Error why) {
  if (failure_) {
    return;
  }
  failure_ = std::move(why);
  if (exited_) {
    stop_reading();
    return;
  }
  close_input(false);
  (void)::kill(-child_, SIGTERM);
  kill_at_ = std::chrono::steady_clock::now() + command_.grace;
}

void ChildSession::stop_reading() {
  output_.reset();
  errors_.reset();
}

Exit ChildSession::result() {
  if (said_.size() > kLargestErrors) {
    said_.erase(0, said_.size() - kLargestErrors);
  }
  return Exit{.signalled = WIFSIGNALED(status_),
              .code = WIFSIGNALED(status_) ? WTERMSIG(status_) : WEXITSTATUS(status_),
              .output = std::move(collected_),
              .errors = escape_control_bytes(said_),
              .took_all_input = took_all_input_};
}

}  // namespace backstay::runtime
