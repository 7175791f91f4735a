// backstay explain PATH|STEP|SCHEDULE FILE: what a policy makes of one thing, and where it says so.
#pragma once

#include <string>
#include <vector>

#include "cli/session.hpp"

namespace backstay::cli {

struct ExplainOptions {
  std::string word;
  std::string file;
  std::string now;              ///< `2027-03-20`; empty: the first day of the proofs
  std::string format = "text";  ///< or `json`
  std::vector<std::string> settings;
};

/// A word that begins with `/` is a path; a schedule's name is that schedule; all else is a step's
/// id. Where the policy does not compile, its findings go to stderr and the exit
/// code is 2.
void explain_in_policy(Session& session, const ExplainOptions& options);

}  // namespace backstay::cli
