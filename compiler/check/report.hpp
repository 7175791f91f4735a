// Small helpers for findings: labels that never repeat a line that is shown already.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "compiler/model/policy.hpp"
#include "lang/base/diagnostic.hpp"

namespace backstay::compiler {

/// Labels that one finding shows; what is beyond is counted in words or left out.
inline constexpr std::size_t kMostLabels = 8;

/// Adds a label unless its place is the finding's own or labelled already.
void add_label(lang::Diagnostic& finding, const Span& span, std::string text);

/// Says what a finding is about, for those that an `allow` silences; each once. A finding that says
/// nothing is about the declaration in which its primary line stands.
void add_subject(lang::Diagnostic& finding, std::string kind, std::string name);

/// Makes the service a subject, and shows where it is declared if the line that contributes is not
/// one of its own: a line of its profile, or one that gives a parameter.
void add_service_label(lang::Diagnostic& finding, const Service& service, const Span& contributing);

/// `a`, `b` and `c`, each in backticks.
[[nodiscard]] std::string join_names(const std::vector<std::string>& names);

}  // namespace backstay::compiler
