// SHA256SUMS: what `sha256sum -c` reads, in a strict form of which there is exactly one.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "lang/base/result.hpp"
#include "lang/base/sha256.hpp"

namespace backstay::runtime {

/// Paths relative to the snapshot, sorted, to the hash of their stored bytes.
using Sums = std::map<std::string, Digest>;

[[nodiscard]] std::string to_text(const Sums& sums);
/// Errors: BadInput for anything that to_text would not write.
[[nodiscard]] Result<Sums> parse_sums(std::string_view text);

}  // namespace backstay::runtime
