// Tar members as other programs write them, byte by byte, so that no library keeps a hostile one
// from being made.
#pragma once

#include <string>
#include <string_view>

#include "runtime/archive/entry.hpp"

namespace backstay::runtime::testing {

/// Who says what a member is.
enum class TarDialect {
  Own,    ///< as Backstay writes it
  Pax,    ///< everything in an extended header, the ustar header says something harmless
  Gnu,    ///< `././@LongLink` members before a GNU header
  Mixed,  ///< GNU long names, a pax header that says the same, and an old header
};

inline constexpr TarDialect kTarDialects[] = {TarDialect::Own, TarDialect::Pax, TarDialect::Gnu,
                                              TarDialect::Mixed};

[[nodiscard]] std::string_view name_of(TarDialect dialect);

/// Header and padded content. What the dialect cannot say is left out.
[[nodiscard]] std::string tar_member(TarDialect dialect,
                                     const Entry& entry,
                                     const std::string& content);

/// A pax header of global records (`g`), for all that follows.
[[nodiscard]] std::string pax_global(const std::string& records);
/// One record of a pax header: `LENGTH KEY=VALUE\n`.
[[nodiscard]] std::string pax_record(std::string_view key, std::string_view value);

}  // namespace backstay::runtime::testing
