// One child from its start to its end: what it says, what it is given, its deadline, its end.
//
// One io_context and one thread a child: the caller's. That thread lives as long as the child, as
// "die with the parent" needs: PR_SET_PDEATHSIG fires when the *thread* that started it ends. Each
// child leads a session, and signals go to its group; its end is seen by a pidfd, before anybody
// reaps it, so that the group can still be signalled safely.
#include "runtime/system/subprocess.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/system/child_setup.hpp"
#include "runtime/system/descriptors.hpp"

namespace backstay::runtime {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kLargestOutput = 16U << 20U;
constexpr std::size_t kLargestErrors = 64U << 10U;
/// How long an escaped grandchild may hold our pipes open after the child itself has ended.
constexpr std::chrono::seconds kDrainTime{2};
constexpr std::chrono::milliseconds kGracePoll{50};

/// Writing to a child that closed its stdin must give EPIPE, not end us.
class SigpipeBlock {
 public:
  SigpipeBlock() {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
  }

  SigpipeBlock(const SigpipeBlock&) = delete;
  SigpipeBlock& operator=(const SigpipeBlock&) = delete;

  ~SigpipeBlock() {
    if (sigismember(&before_, SIGPIPE) == 0) {
      const timespec no_wait{};
      while (sigtimedwait(&sigpipe_, nullptr, &no_wait) > 0) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t sigpipe_{};
  sigset_t before_{};
};

/// One child from its start to its end.
class Session {
 public:
  Session(const Command& command, const std::atomic<bool>& skip_grace)
      : command_(command), skip_grace_(skip_grace) {}

  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  ~Session() {
    if (child_ > 0 && !exited_) {  // only after an exception: nothing of the group may be left
      (void)::kill(-child_, SIGKILL);
      reap();
    }
  }

  Result<void> start() {
    BACKSTAY_ASSIGN(auto out, make_pipe());
    BACKSTAY_ASSIGN(auto err, make_pipe());
    BACKSTAY_ASSIGN(auto in, make_input());
    BACKSTAY_TRY(start_child(in.read_end.get(), out.write_end.get(), err.write_end.get()));
    output_.assign(out.read_end.release());
    errors_.assign(err.read_end.release());
    if (command_.standard_input) {
      input_.assign(in.write_end.release());
      input_.non_blocking(true);
    }
    return {};
  }

  Result<Exit> finish(std::stop_token stop) {
    const std::stop_callback on_stop(stop, [this] {
      asio::post(context_, [this] {
        end_child(
            Error{.kind = ErrorKind::Interrupted,
                  .message = "`" + command_.program + "` was ended: the run was interrupted"});
      });
    });
    wait_for_exit();
    read_output();
    read_errors();
    if (input_.is_open()) {
      feed_input();
    }
    if (command_.deadline.count() > 0) {
      set_deadline();
    }
    context_.run();
    if (failure_) {
      return *std::move(failure_);
    }
    return result();
  }

 private:
  Result<Pipe> make_input() const {
    if (command_.standard_input) {
      return make_pipe();
    }
    BACKSTAY_ASSIGN(auto nothing, open_nothing());
    return Pipe{.read_end = std::move(nothing), .write_end = Descriptor()};
  }

  Result<void> start_child(int in, int out, int err) {
    BACKSTAY_ASSIGN(auto launched, launch(command_, {in, out, err}));
    child_ = launched.process;
    ended_.assign(launched.watch.release());
    return {};
  }

  void reap() {
    while (::waitpid(child_, &status_, 0) < 0 && errno == EINTR) {
    }
    exited_ = true;
  }

  void wait_for_exit() {
    ended_.async_wait(asio::posix::descriptor_base::wait_read, [this](error_code failed) {
      if (failed) {
        return;
      }
      // What the child left behind in its group ends with it. Its number cannot be another's yet:
      // it is not reaped.
      (void)::kill(-child_, SIGKILL);
      reap();
      grace_.cancel();
      close_input(false);
      if (!stop_timers_when_drained()) {
        drain();
      }
    });
  }

  /// After the child's end: reads what is still in the pipes, but does not wait for ever for
  /// somebody who escaped from the group and holds them open.
  void drain() {
    drain_.expires_after(kDrainTime);
    drain_.async_wait([this](error_code cancelled) {
      if (cancelled) {
        return;
      }
      if (bytes_waiting(output_) || bytes_waiting(errors_)) {
        drain();
      } else {
        close_reading(output_);
        close_reading(errors_);
      }
    });
  }

  static bool bytes_waiting(asio::posix::stream_descriptor& pipe) {
    int count = 0;
    return pipe.is_open() && ::ioctl(pipe.native_handle(), FIONREAD, &count) == 0 && count > 0;
  }

  bool stop_timers_when_drained() {
    if (!exited_ || output_.is_open() || errors_.is_open()) {
      return false;
    }
    deadline_.cancel();
    drain_.cancel();
    return true;
  }

  void read_output() {
    output_.async_read_some(asio::buffer(output_buffer_),
                            [this](error_code failed, std::size_t count) {
                              if (count > 0 && !failure_) {
                                take_output(std::as_bytes(std::span(output_buffer_.data(), count)));
                              }
                              failed ? close_reading(output_) : read_output();
                            });
  }

  void take_output(std::span<const std::byte> bytes) {
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

  void read_errors() {
    errors_.async_read_some(asio::buffer(errors_buffer_),
                            [this](error_code failed, std::size_t count) {
                              said_.append(errors_buffer_.data(), count);
                              if (said_.size() > 2 * kLargestErrors) {
                                said_.erase(0, said_.size() - kLargestErrors);
                              }
                              failed ? close_reading(errors_) : read_errors();
                            });
  }

  void close_reading(asio::posix::stream_descriptor& pipe) {
    if (pipe.is_open()) {
      pipe.close();
    }
    stop_timers_when_drained();
  }

  void feed_input() {
    auto given = command_.standard_input(
        std::as_writable_bytes(std::span(input_buffer_.data(), input_buffer_.size())));
    if (!given) {
      close_input(false);
      end_child(std::move(given).error());
      return;
    }
    if (*given == 0) {
      close_input(true);
      return;
    }
    asio::async_write(input_, asio::buffer(input_buffer_.data(), *given),
                      [this](error_code failed, std::size_t /*count*/) {
                        failed ? close_input(false) : feed_input();
                      });
  }

  /// INVARIANT: the first close decides whether all of the input was taken.
  void close_input(bool all_taken) {
    if (input_.is_open()) {
      input_.close();
      took_all_input_ = all_taken;
    }
  }

  void set_deadline() {
    deadline_.expires_after(command_.deadline);
    deadline_.async_wait([this](error_code cancelled) {
      if (!cancelled && !only_held_open()) {
        end_child(Error{.kind = ErrorKind::Timeout,
                        .message = "`" + command_.program + "` did not end within " +
                                   std::to_string(command_.deadline.count()) + " s"});
      }
    });
  }

  /// The child itself ended in time, and only somebody who escaped from its group holds the pipes:
  /// they are closed, and the exit counts. Not where the output is data and still comes.
  bool only_held_open() {
    if (!exited_ || (command_.standard_output && bytes_waiting(output_))) {
      return false;
    }
    close_reading(output_);
    close_reading(errors_);
    return true;
  }

  /// TERM to the whole group, and KILL after the grace. The first reason is the one that is told.
  void end_child(Error why) {
    if (failure_) {
      return;
    }
    failure_ = std::move(why);
    if (exited_) {
      close_reading(output_);
      close_reading(errors_);
      return;
    }
    close_input(false);
    (void)::kill(-child_, SIGTERM);
    grace_end_ = std::chrono::steady_clock::now() + command_.grace;
    watch_grace();
  }

  void watch_grace() {
    grace_.expires_after(kGracePoll);
    grace_.async_wait([this](error_code cancelled) {
      if (cancelled || exited_) {
        return;
      }
      if (skip_grace_ || std::chrono::steady_clock::now() >= grace_end_) {
        (void)::kill(-child_, SIGKILL);
        return;
      }
      watch_grace();
    });
  }

  Exit result() {
    if (said_.size() > kLargestErrors) {
      said_.erase(0, said_.size() - kLargestErrors);
    }
    return Exit{.signalled = WIFSIGNALED(status_),
                .code = WIFSIGNALED(status_) ? WTERMSIG(status_) : WEXITSTATUS(status_),
                .output = std::move(collected_),
                .errors = escape_control_bytes(said_),
                .took_all_input = took_all_input_};
  }

  const Command& command_;
  const std::atomic<bool>& skip_grace_;
  asio::io_context context_{1};
  pid_t child_ = -1;
  asio::posix::stream_descriptor input_{context_};
  asio::posix::stream_descriptor output_{context_};
  asio::posix::stream_descriptor errors_{context_};
  asio::posix::stream_descriptor ended_{context_};
  asio::steady_timer deadline_{context_};
  asio::steady_timer grace_{context_};
  asio::steady_timer drain_{context_};
  std::chrono::steady_clock::time_point grace_end_;
  // Why not zeroed: only what is touched costs.
  std::array<char, 1U << 16U> input_buffer_;
  std::array<char, 1U << 16U> output_buffer_;
  std::array<char, 1U << 12U> errors_buffer_;
  std::string collected_;
  std::string said_;
  std::optional<Error> failure_;
  int status_ = 0;
  bool exited_ = false;
  bool took_all_input_ = true;
};

}  // namespace

Result<Exit> RealCommandRunner::run(const Command& command, std::stop_token stop) {
  BACKSTAY_CHECK(command.program.starts_with("/"), "programs are named by absolute path");
  BACKSTAY_CHECK(command.descriptors.size() <= kMostHandedDescriptors,
                 "few descriptors are handed over");
  if (stop.stop_requested()) {
    return Error{.kind = ErrorKind::Interrupted,
                 .message = "`" + command.program + "` was not started: the run was interrupted"};
  }
  const SigpipeBlock no_sigpipe;
  try {
    const auto session = std::make_unique<Session>(command, skip_grace_);
    BACKSTAY_TRY(session->start());
    return session->finish(std::move(stop));
  } catch (const boost::system::system_error& failed) {
    return Error{.kind = ErrorKind::Io,
                 .message = "cannot run `" + command.program + "`: " + failed.what()};
  }
}

}  // namespace backstay::runtime
