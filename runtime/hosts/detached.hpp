// Starting a program that outlives us: the run behind a call of one phase.
#pragma once

#include <string>
#include <vector>

#include "lang/base/result.hpp"

namespace backstay::runtime {

struct DetachedProgram {
  std::vector<std::string> words;  ///< the program's absolute path first
  std::string output;              ///< file for stdout, made anew; 0600
  std::string messages;            ///< file for stderr, likewise
};

/// A session of its own, stdin from /dev/null, our environment and directory, no descriptors of
/// ours, signals as they are by default. Returns its process id; it is nobody's child once we end.
/// Errors: Io, ToolMissing.
[[nodiscard]] Result<int> start_detached(const DetachedProgram& program);

/// Whether a detached program ended while we are there to see it.
[[nodiscard]] bool detached_ended(int process);

}  // namespace backstay::runtime
