// What of an entry gives whoever owns the place of a restore more than they had: set-id bits,
// devices, capabilities. A store is not signed, so these come back only by leave.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lang/base/result.hpp"
#include "runtime/archive/entry.hpp"

namespace backstay::runtime {

/// What becomes of it.
enum class Privileged : std::uint8_t {
  Refused,  ///< the restore stops before it changes anything, and says what it met
  LeftOut,  ///< restored without it, each with a note
  Granted,  ///< put back as it was
};

/// In words, for people: `its set-user-id bit`; empty where there is none. Directories keep their
/// bits (they only hand down a group), and links have no mode.
[[nodiscard]] std::string privilege_of(const Entry& entry);

/// Whether the entry of a line of a file list may have some; soon, and never wrongly no.
[[nodiscard]] bool may_be_privileged(std::string_view line);

/// The entry without it. Devices are the caller's to leave out.
void drop_privilege(Entry& entry);

/// The refusal of an entry that has some.
[[nodiscard]] Error privilege_refused(const Entry& entry);

}  // namespace backstay::runtime
