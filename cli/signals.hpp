// SIGINT and SIGTERM as a stop token.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>

namespace backstay::cli {

/// While it lives, the first SIGINT or SIGTERM requests a stop; a second one ends waiting for the
/// grace of children. One at a time in a process.
class SignalStop {
 public:
  /// `on_second` is called, on a thread of its own, for every signal after the first.
  explicit SignalStop(std::function<void()> on_second = [] {});
  ~SignalStop();
  SignalStop(const SignalStop&) = delete;
  SignalStop& operator=(const SignalStop&) = delete;

  [[nodiscard]] std::stop_token token() const;
  /// The signal that came, or 0.
  [[nodiscard]] int received() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace backstay::cli
