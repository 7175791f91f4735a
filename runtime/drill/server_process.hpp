// A server that runs beside the steps of a drill, on a thread of its own: it dies with us, because
// the kernel ends a child with the thread that started it.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {

class ServerProcess {
 public:
  /// Starts it; that it answers is the caller's to see. `runner` must outlive it.
  ServerProcess(CommandRunner& runner, Command command);
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  /// As stop().
  ~ServerProcess() { stop(); }

  /// Asks it to end (its command's grace, then KILL) and waits until it is gone.
  void stop();
  /// Why it is not there any more: how it ended and its last words; empty while it runs.
  [[nodiscard]] std::string end() const;

 private:
  CommandRunner& runner_;
  Command command_;
  mutable std::mutex mutex_;
  std::optional<std::string> end_;  // guarded by mutex_
  std::jthread thread_;             // last: it uses the rest
};

}  // namespace backstay::runtime
