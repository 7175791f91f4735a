// A call that makes no sense: what is wrong with it, and what was probably meant.
#pragma once

#include <CLI/App.hpp>

#include "cli/session.hpp"

namespace backstay::cli {

/// Reports the mistake with "did you mean" for verbs and options; sets exit code 2.
void report_usage(const CLI::App& app, const CLI::ParseError& mistake, Session& session);

}  // namespace backstay::cli
