// Findings in the protocol's words.
#pragma once

#include "compiler/language_server/client.hpp"
#include "compiler/language_server/published_findings.hpp"

namespace backstay::compiler::lsp {

/// One finding, shown at `place` of `project`.
[[nodiscard]] Json diagnostic_json(const lang::Diagnostic& finding,
                                   const lang::Span& place,
                                   const Project& project,
                                   const Client& client,
                                   Places& places);

}  // namespace backstay::compiler::lsp
