// One line of a file list: an entry as canonical JSON (sorted keys, no blanks).
//
// Written by hand because a backup writes one a file; read by a strict parser because a list may
// have been tampered with. Keys that are not there have their natural value; unknown keys are
// ignored.
#pragma once

#include <string>
#include <string_view>

#include "lang/base/result.hpp"
#include "runtime/archive/entry.hpp"

namespace backstay::runtime {

/// Appends the line up to where `part` and `frame` follow; append_list_tail ends it. They come last
/// because a pack's name is known only once it is full; their keys sort after all others by a `z`.
/// Where in `out` the 64 digits of the hash begin; npos where the entry has no content.
std::size_t append_list_head(std::string& out, const Entry& entry);
/// part empty: an entry without stored content.
void append_list_tail(std::string& out, std::string_view part, std::uint64_t frame);

/// Both, with the newline.
[[nodiscard]] std::string to_list_line(const Entry& entry);

/// Errors: BadInput for what is no entry: bad JSON, a wrong type, a path that is absolute, empty,
/// or leads up (`..`), a part that is no name of a part.
[[nodiscard]] Result<Entry> parse_list_line(std::string_view line);

/// A line of the changes that takes away the one of the base that has this path; with the newline.
void append_gone_line(std::string& out, std::string_view path);
[[nodiscard]] bool is_gone_line(std::string_view line);
/// Its path. Errors: BadInput, as of parse_list_line.
[[nodiscard]] Result<std::string> parse_gone_line(std::string_view line);

/// Whether bytes are UTF-8 without overlong forms and surrogates.
[[nodiscard]] bool is_utf8(std::string_view bytes);

/// A path that stays below where it is put: relative, no empty, `.` or `..` segment, no NUL. `.`
/// alone is the top.
[[nodiscard]] bool is_safe_path(std::string_view path);

[[nodiscard]] std::string to_base64(std::string_view bytes);
/// Nothing for text that is not base64 with padding.
[[nodiscard]] Result<std::string> from_base64(std::string_view text);

}  // namespace backstay::runtime
