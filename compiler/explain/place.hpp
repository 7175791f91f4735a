// Where something is said, as people write it: `controller.stay:12`.
#pragma once

#include <string>

#include "compiler/model/policy.hpp"
#include "lang/base/source.hpp"

namespace backstay::compiler {

/// `FILE:LINE` of the beginning of a span.
[[nodiscard]] std::string place_of(const lang::SourceSet& sources, const Span& span);

/// The text of the line that a span begins on, without its margins and an opening brace.
[[nodiscard]] std::string line_of(const lang::SourceSet& sources, const Span& span);

}  // namespace backstay::compiler
