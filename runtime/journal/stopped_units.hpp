// Units that a run stopped: which, so that they are started again whatever dies.
#pragma once

#include <mutex>
#include <set>
#include <string>

#include "lang/base/result.hpp"
#include "runtime/journal/journal.hpp"
#include "runtime/system/service_manager.hpp"

namespace backstay::runtime {

/// What becomes of them when the run dies half-way.
enum class AfterCrash : std::uint8_t {
  StartAgain,  ///< a backup: the next run starts them
  StayDown,    ///< a restore: what it left half-done must not start
};

/// One run's. A stop is durable in the journal before it is asked for. Thread-safe.
class StoppedUnits {
 public:
  StoppedUnits(Journal& journal, AfterCrash after_crash)
      : journal_(journal), after_crash_(after_crash) {}

  /// Stops a unit if it is active, and remembers it. Whether it was active. Errors: as of
  /// ServiceManager; Io where the journal cannot be written: then nothing is stopped.
  [[nodiscard]] Result<bool> stop(ServiceManager& manager, const std::string& unit);
  /// Starts a unit that was stopped here, once; any other stays as it is. Whether it was one.
  [[nodiscard]] Result<bool> start(ServiceManager& manager, const std::string& unit);

 private:
  Journal& journal_;
  AfterCrash after_crash_;
  std::mutex mutex_;
  std::set<std::string> stopped_;
};

/// The units of a crashed run that nobody has started since, in the order in which they were
/// stopped; only those that the next run shall start.
[[nodiscard]] std::vector<std::string> units_left_stopped(const JournalContent& crashed);

}  // namespace backstay::runtime
