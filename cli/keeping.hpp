// Keeping the catalogue behind the commands that do something (runtime/catalogue/keep.hpp).
#pragma once

#include <string>

#include "cli/execution.hpp"
#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/catalogue/catalogue_rows.hpp"

namespace backstay::cli {

/// Brings the catalogue up to date with the reports of this machine and the stores of a plan that
/// are here. What goes wrong is a warning; no exit code changes.
void keep_catalogue(Execution& execution, const plan::Plan& plan);

/// The same with the reports alone.
void keep_catalogue(Execution& execution);

/// How a call came about.
struct Call {
  std::string what;    ///< `backup`, `copy`, `drill`
  std::string backup;  ///< or the name of the drill
  std::string host;
  bool scheduled = false;  ///< with --if-due
};

/// The same, with a line about the call: `outcome` is `ran`, `not due`, `overtaken`, or how it was
/// kept from beginning.
void keep_catalogue(Execution& execution,
                    const plan::Plan& plan,
                    const Call& call,
                    const std::string& outcome,
                    const std::string& run = {},
                    const std::string& detail = {});

/// The word for what kept a run from beginning: `busy`, `refused`, `failed`.
[[nodiscard]] std::string outcome_of(const Error& error);

}  // namespace backstay::cli
