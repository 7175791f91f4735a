// What `diff` and `plan --against` share: showing a plan diff and its exit code.
#pragma once

#include <string>

#include <CLI/App.hpp>

#include "cli/session.hpp"
#include "compiler/plan/plan.hpp"

namespace backstay::cli {

struct DiffOptions {
  std::string format = "text";
  bool exit_code = false;
};

/// Adds --exit-code.
void add_exit_code_option(CLI::App& verb, DiffOptions& options);

/// Prints the difference; with --exit-code sets 4 where there is one.
void show_diff(Session& session,
               const plan::Plan& before,
               const plan::Plan& after,
               const DiffOptions& options);

}  // namespace backstay::cli
