// Zones of the system's time-zone database, behind which the one library that reads them stays.
//
// The machine's tzdata is used, so that a change of law comes with the system's updates. Times that
// do not exist or occur twice are settled here, once, for the compiler and for installed timers
// (language.md, section 5.7).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lang/base/result.hpp"

namespace backstay::compiler {

/// What became of a local time.
struct LocalInstant {
  enum class Kind : std::uint8_t {
    Once,
    Skipped,  ///< does not exist; `at` is the first instant after the gap
    Twice,    ///< `at` is the first of the two
  };
  std::chrono::sys_seconds at;
  Kind kind = Kind::Once;
};

/// A zone. Cheap to copy; may be read by several threads.
class Zone {
 public:
  /// An IANA name, exactly as the database writes it. NotFound: no such zone. ToolMissing: the
  /// machine has no readable database. `UTC` needs no database.
  [[nodiscard]] static Result<Zone> find(std::string_view name);
  /// All names of the database, sorted; empty where there is none.
  [[nodiscard]] static std::vector<std::string> names();

  [[nodiscard]] const std::string& name() const { return name_; }

  [[nodiscard]] LocalInstant to_instant(std::chrono::local_seconds local) const;
  [[nodiscard]] std::chrono::local_seconds to_local(std::chrono::sys_seconds instant) const;

 private:
  explicit Zone(std::string name) : name_(std::move(name)) {}

  std::string name_;
  const void* entry_ = nullptr;  // of the library, which keeps it for ever; none: UTC
};

}  // namespace backstay::compiler
