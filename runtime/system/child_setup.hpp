// What a forked child does until it is the program: session, signals, umask, descriptors, exec.
#pragma once

#include <array>
#include <string>
#include <vector>

#include <sys/types.h>

#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {

/// How many descriptors a command may hand over: the child allocates nothing.
inline constexpr std::size_t kMostHandedDescriptors = 16;

/// `NAME=VALUE` strings and the vector of pointers that execve() takes: PATH, LANG, TZ and what the
/// command names, nothing of ours.
class EnvironmentBlock {
 public:
  explicit EnvironmentBlock(const Command& command);

  [[nodiscard]] const char* const* get() const { return pointers_.data(); }

 private:
  std::vector<std::string> strings_;
  std::vector<const char*> pointers_;
};

/// All that the child needs, prepared before the fork.
struct ChildSetup {
  const Command& command;
  std::array<int, 3> standard;  ///< our descriptors that become its 0, 1, 2
  const char* const* environment;
  pid_t parent;  ///< us

  /// Called in the child between fork and exec: only async-signal-safe calls, no allocation.
  /// report  descriptor on which errno is written when anything fails; closed by a successful exec
  [[noreturn]] void become_program(int report,
                                   const char* program,
                                   const char* const* arguments) const;
};

}  // namespace backstay::runtime
