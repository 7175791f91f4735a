// Progress for the journal of systemd: one entry a transition, with fields to search by, and the
// service's status line.
#pragma once

#include <atomic>

#include "runtime/executor/events.hpp"
#include "runtime/system/systemd_sockets.hpp"

namespace backstay::runtime {

/// Fields: BACKSTAY_STEP, BACKSTAY_STATE (`done`, `failed` …) and those that were given. One call
/// at a time (EventHub).
class JournalEvents final : public Events {
 public:
  /// common  fields of every entry, as BACKSTAY_POLICY
  explicit JournalEvents(JournalFields common = {}) : common_(std::move(common)) {}

  void step(std::string_view id, StepState state, std::string_view detail) override;
  void progress(std::string_view id, std::uint64_t bytes, std::string_view item) override;
  void warning(std::string_view id, std::string_view message) override;

  /// Added to every entry from now on.
  void add(std::string name, std::string value);
  /// The service was told to end. From now on systemd is asked for patience with each step that
  /// begins, so that what was stopped is started again and the hooks come to their end. Any thread.
  void stopping();
  /// An entry of its own. `priority` as of syslog(3): 3 error, 4 warning, 5 notice, 6 information.
  void tell(int priority, std::string_view message, JournalFields fields);

 private:
  JournalFields common_;
  std::atomic<bool> stopping_{false};
};

}  // namespace backstay::runtime
