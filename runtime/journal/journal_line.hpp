// One record of a journal as a line of JSON, and back.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/journal/journal.hpp"

namespace backstay::runtime {

/// With its newline. `time` is RFC 3339.
[[nodiscard]] std::string to_line(const JournalRecord& record, std::string_view time);

struct ReadLine {
  JournalRecord record;
  std::string time;
};

/// Nothing for a line that is torn, foreign or of an unknown event.
[[nodiscard]] std::optional<ReadLine> from_line(std::string_view line);

}  // namespace backstay::runtime
