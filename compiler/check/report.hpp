// Small helpers for findings: labels that never repeat a line that is shown already.
#pragma once

#include <string>
#include <vector>

#include "compiler/model/policy.hpp"
#include "lang/base/diagnostic.hpp"

namespace backstay::compiler {

/// Adds a label unless its place is the finding's own or labelled already.
void add_label(lang::Diagnostic& finding, const Span& span, std::string text);

/// Shows where the service is declared, if the line that contributes stands in another file, as
/// those of a profile do.
void add_service_label(lang::Diagnostic& finding, const Service& service, const Span& contributing);

/// `a`, `b` and `c`, each in backticks.
[[nodiscard]] std::string join_names(const std::vector<std::string>& names);

}  // namespace backstay::compiler
