// What no source text may hold, found before it is parsed: bytes that are not UTF-8 and characters
// that show a reader something else than what the compiler reads.
#pragma once

#include <cstddef>
#include <vector>

#include "lang/base/diagnostic.hpp"
#include "lang/base/source.hpp"

namespace backstay::lang {

/// The most bytes that a file may have: 1 MiB.
inline constexpr std::size_t kLargestFile = std::size_t{1} << 20U;

/// Result of check_text().
struct TextCheck {
  bool readable = true;         ///< false: too large or not UTF-8; not worth parsing
  std::vector<Span> forbidden;  ///< reported characters, in order of place
};

/// Reports files over 1 MiB, the first byte that is not UTF-8, control characters other than
/// newline and tab (C0, C1, DEL, U+2028, U+2029, U+FEFF) and bidirectional embeddings, overrides
/// and isolates (Trojan Source, CVE-2021-42574). Carriage returns are reported once.
[[nodiscard]] TextCheck check_text(const SourceFile& source, FileId file, Diagnostics& diagnostics);

}  // namespace backstay::lang
