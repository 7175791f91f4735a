// A unit of the services that a snapshot covers, as it was when the backup began.
#pragma once

#include <string>

namespace backstay::runtime {

/// The words are systemd's own (system/service_manager.hpp).
struct RecordedUnit {
  std::string unit = {};
  std::string active = {};      ///< `active`, `inactive`, `failed` …
  std::string file_state = {};  ///< `enabled`, `disabled`, `static`, `masked` …; may be empty
  std::string owner = {};       ///< of a socket, timer or path: the unit that it starts; else empty

  /// Whether a restore shall start it. One that was on its way up is not known to have got there.
  [[nodiscard]] bool was_active() const { return active == "active" || active == "reloading"; }

  friend bool operator==(const RecordedUnit&, const RecordedUnit&) = default;
};

}  // namespace backstay::runtime
