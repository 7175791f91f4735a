// One child from its start to its end: what it says, what it is given, its deadline, its end.
//
// One loop of poll() a child, on the caller's thread. That thread lives as long as the child, as
// "die with the parent" needs: PR_SET_PDEATHSIG fires when the *thread* that started it ends. Each
// child leads a session, and signals go to its group; its end is seen by a pidfd, before anybody
// reaps it, so that the group can still be signalled safely.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include <sys/types.h>

#include "lang/base/result.hpp"
#include "runtime/system/descriptors.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {

/// Used once, by one thread: start(), then finish(). Borrows both of what it is made of.
class ChildSession {
 public:
  /// skip_grace  once it is true, a child that must end gets KILL at once
  ChildSession(const Command& command, const std::atomic<bool>& skip_grace)
      : command_(command), skip_grace_(skip_grace) {}

  ChildSession(const ChildSession&) = delete;
  ChildSession& operator=(const ChildSession&) = delete;
  ~ChildSession();

  /// Errors: ToolMissing (of the program), Io.
  [[nodiscard]] Result<void> start();
  /// Returns once it has ended and what it said is read. Errors: as of CommandRunner::run().
  [[nodiscard]] Result<Exit> finish(const std::stop_token& stop);

 private:
  using Steady = std::chrono::steady_clock::time_point;

  void notice_time(const std::stop_token& stop, Steady now);
  void notice_drained(Steady now);
  void wait();
  void note_exit();
  void reap();
  void read_output();
  void take_output(std::span<const std::byte> bytes);
  void read_errors();
  void feed_input();
  void close_input(bool all_taken);
  void end_child(Error why);
  [[nodiscard]] bool only_held_open();
  void stop_reading();
  [[nodiscard]] Exit result();

  const Command& command_;
  const std::atomic<bool>& skip_grace_;
  pid_t child_ = -1;
  Descriptor ended_;   // a pidfd
  Descriptor input_;   // -1: none, or closed
  Descriptor output_;  // the same
  Descriptor errors_;  // the same
  std::unique_ptr<char[]> input_buffer_;
  std::span<const char> given_;  // of it: not written yet
  std::unique_ptr<char[]> output_buffer_;
  std::string collected_;
  std::string said_;
  std::optional<Error> failure_;
  std::optional<Steady> deadline_;
  std::optional<Steady> kill_at_;
  Steady drained_at_ = {};
  int status_ = 0;
  bool listening_ = false;
  bool exited_ = false;
  bool took_all_input_ = true;
};

}  // namespace backstay::runtime
