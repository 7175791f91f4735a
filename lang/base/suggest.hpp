// "did you mean": the nearest of some names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace backstay {

/// The candidate nearest to `word`, if it is near enough to be a slip of the hand: at most a third
/// of its letters wrong, at least one right. Ties go to the first in alphabetical order, so that
/// the order of candidates does not matter.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 const std::vector<std::string>& candidates);

/// "did you mean `x`?", or empty.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       const std::vector<std::string>& candidates);

}  // namespace backstay
