// Starting a child, and what it does until it is the program: session, signals, umask, descriptors,
// exec.
//
// Why not fork: it copies the page tables of the whole process, 16 to 24 ms where 512 MiB are
// resident. The child shares our memory instead and we stand still until it is the program, as with
// posix_spawn(), which knows no PR_SET_PDEATHSIG, umask or current directory.
#pragma once

#include <array>
#include <string>
#include <vector>

#include <sys/types.h>

#include "runtime/system/descriptors.hpp"
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

/// All that the child needs, prepared before it is there.
struct ChildSetup {
  const char* program;
  const char* const* arguments;
  const char* const* environment;
  const HandedDescriptor* handed;
  std::size_t handed_count;
  const int* standard;  ///< three of our descriptors that become its 0, 1, 2
  pid_t parent;         ///< us
  int failed = 0;       ///< errno, by the child where it could not become the program
};

struct Launched {
  pid_t process = -1;  ///< to be reaped by the caller
  Descriptor watch;    ///< a pidfd: readable once the process has ended
};

/// Starts it as subprocess.hpp says, with these of our descriptors as its 0, 1, 2. The calling
/// thread must outlive the child: its end kills it. Errors: ToolMissing (of the program), Io.
[[nodiscard]] Result<Launched> launch(const Command& command, std::array<int, 3> standard);

}  // namespace backstay::runtime
