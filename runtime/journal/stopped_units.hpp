// Units that a run stopped: which, so that they are started again whatever dies.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/journal/journal.hpp"
#include "runtime/journal/pending_undos.hpp"
#include "runtime/system/service_manager.hpp"

namespace backstay::runtime {

/// What becomes of them when the run dies half-way.
enum class AfterCrash : std::uint8_t {
  StartAgain,  ///< a backup: `backstay recover` starts them
  StayDown,    ///< a restore: what it left half-done must not start
};

/// The undo of a stop: `start-unit`.
[[nodiscard]] Undo start_again(const std::string& unit);

/// One run's. The way back is durable before a stop is asked for. Thread-safe.
class StoppedUnits {
 public:
  /// Borrows both.
  StoppedUnits(Journal& journal, PendingUndos& undos, AfterCrash after_crash)
      : journal_(journal), undos_(undos), after_crash_(after_crash) {}

  /// Stops a unit with all that starts it (stop_scope.hpp), and remembers what of that was active.
  /// Whether anything was. Errors: as of ServiceManager and find_stop_scope; Io where the way back
  /// cannot be noted: then nothing is stopped.
  [[nodiscard]] Result<bool> stop(ServiceManager& manager, const std::string& unit);

  /// Starts what stop() of that unit found active, once; nothing else, and of that only what is
  /// `wanted`. Whether the unit itself was started.
  [[nodiscard]] Result<bool> start(
      ServiceManager& manager,
      const std::string& unit,
      const std::function<bool(const std::string&)>& wanted = [](const std::string&) {
        return true;
      });

 private:
  [[nodiscard]] Result<void> note(const std::string& unit);
  [[nodiscard]] Result<void> start_one(ServiceManager& manager, const std::string& unit);

  Journal& journal_;
  PendingUndos& undos_;
  AfterCrash after_crash_;
  std::mutex mutex_;
  std::map<std::string, std::vector<std::string>> found_;  // by the unit asked for: to be started
  std::set<std::string> down_;
};

}  // namespace backstay::runtime
