// The findings of a file as an editor shows them: those of every policy that it belongs to.
#pragma once

#include <string>
#include <vector>

#include "compiler/language_server/workspace.hpp"

namespace backstay::compiler::lsp {

/// A finding at a place of one file.
struct FoundIn {
  lang::Diagnostic finding;
  lang::Span place;  ///< where it is shown; the finding's own, unless that is in no file of theirs
  std::shared_ptr<const Project> project;
};

/// An expectation of a policy test that is not met.
struct FailedExpectation {
  FileRange range;
  std::string message;
};

/// What is shown in one file.
struct FileFindings {
  std::vector<FoundIn> findings;          ///< by place, each once
  std::vector<FailedExpectation> failed;  ///< of a file of tests that could be run
};

/// Findings of every policy of the file; a file of tests is run. A finding in the standard library
/// is shown at the first line of a label that is not, else at the head of the policy.
[[nodiscard]] FileFindings findings_in(Workspace& workspace, const std::string& path);

/// Message, witness and help as one text.
[[nodiscard]] std::string message_of(const lang::Diagnostic& finding);

/// The files whose findings a change of one file may change: those of its policies.
[[nodiscard]] std::vector<std::string> files_around(Workspace& workspace, const std::string& path);

}  // namespace backstay::compiler::lsp
