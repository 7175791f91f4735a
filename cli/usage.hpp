// A call that makes no sense: what is wrong with it, and what was probably meant.
#pragma once

#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "cli/session.hpp"

namespace backstay::cli {

/// Refuses a call with an empty word, which a script writes where a variable is not set: taken as
/// an option that was not given, it would do something else than was meant. Sets exit code 2.
/// `words` are those behind the program's name. Whether there is none.
[[nodiscard]] bool has_no_empty_word(const std::vector<std::string>& words, Session& session);

/// Reports the mistake with "did you mean" for verbs and options; sets exit code 2.
void report_usage(const CLI::App& app, const CLI::ParseError& mistake, Session& session);

}  // namespace backstay::cli
