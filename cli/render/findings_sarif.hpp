// Findings as SARIF 2.1.0 (OASIS), the form that code hosts read and show beside a change.
//
// What one looks up later is in the text itself: the rule carries the whole page of its code, the
// message the witness and the help. Places are relative, so that two machines write the same bytes.
#pragma once

#include <string>
#include <vector>

#include "lang/base/render.hpp"

namespace backstay::cli {

/// One SARIF log with one run. Findings in the order of `policies`, sorted within each; what two
/// policies share is there once.
///
/// failures  what could not be read at all; such a run was not successful
///
/// `partialFingerprints` follow a finding when lines above it come or go: they are made of its
/// code, its file, the declaration that it is in and the text of its line.
[[nodiscard]] std::string findings_as_sarif(const std::vector<lang::Findings>& policies,
                                            const std::vector<std::string>& failures);

}  // namespace backstay::cli
