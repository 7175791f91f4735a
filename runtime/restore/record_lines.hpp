// The lines of a restore's record and its header as JSON, and what they add up to.
#pragma once

#include <string>
#include <string_view>

#include "lang/base/result.hpp"
#include "runtime/restore/restore_record.hpp"

namespace backstay::runtime {

[[nodiscard]] std::string header_to_json(const RestoreHeader& header);
/// Errors: BadInput, also for a newer schema.
[[nodiscard]] Result<RestoreHeader> parse_header(const std::string& text);

[[nodiscard]] std::string change_line(std::size_t number, const Change& change);
[[nodiscard]] std::string mark_line(std::size_t number, ChangeState state);
[[nodiscard]] std::string event_line(RestoreEvent event,
                                     const std::string& detail,
                                     const std::string& time);

/// Adds one line to what is known. A line that a kill tore was never durable, so nothing followed
/// from it: it is passed over. Errors: BadInput for any other line that cannot be read.
[[nodiscard]] Result<void> take_line(std::string_view line, RecordContent& content);

/// What an event or mark says, for those who write it and for those who read it.
void take_event(RestoreEvent event,
                const std::string& detail,
                const std::string& time,
                RecordContent& content);

}  // namespace backstay::runtime
