#include "runtime/system/child_setup.hpp"

#include <cerrno>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace backstay::runtime {
namespace {

// Why system calls by number: the child shares our memory until it is the program, and the
// functions of a libc that a sanitizer replaced would note what they do in our books.
#define BACKSTAY_IN_CHILD __attribute__((no_sanitize("address", "thread", "undefined")))

BACKSTAY_IN_CHILD long call(long number, long first = 0, long second = 0, long third = 0) {
  return ::syscall(number, first, second, third);
}

/// The kernel's own form of a disposition: all zero is SIG_DFL.
struct KernelSigaction {
  void* handler;
  unsigned long flags;
  void* restorer;
  std::uint64_t mask;
};

constexpr long kMaskSize = sizeof(std::uint64_t);

BACKSTAY_IN_CHILD void reset_signals() {
  const KernelSigaction usual{};
  for (int number = 1; number < NSIG; ++number) {  // fails for KILL and STOP only
    (void)::syscall(SYS_rt_sigaction, number, &usual, nullptr, kMaskSize);
  }
  const std::uint64_t none = 0;
  (void)::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, kMaskSize);
}

BACKSTAY_IN_CHILD bool move_above(int& descriptor, int above) {
  descriptor = static_cast<int>(call(SYS_fcntl, descriptor, F_DUPFD_CLOEXEC, above));
  return descriptor >= 0;
}

BACKSTAY_IN_CHILD void close_on_exec_from(int first) {
  if (call(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) == 0) {
    return;
  }
  for (int number = first; number < 65536; ++number) {  // kernels before 5.11
    (void)call(SYS_fcntl, number, F_SETFD, FD_CLOEXEC);
  }
}

BACKSTAY_IN_CHILD bool place(int source, int target) {
  return call(SYS_dup3, source, target, 0) == target;
}

BACKSTAY_IN_CHILD bool place_standard(const int* sources) {
  bool good = true;
  for (int target = 0; target < 3; ++target) {
    good = good && place(sources[target], target);
  }
  return good;
}

/// First moves all sources above every number that is wanted, so that no placing overwrites one.
BACKSTAY_IN_CHILD bool place_moved(const HandedDescriptor* handed,
                                   std::size_t count,
                                   const int* given) {
  int standard[3] = {given[0], given[1], given[2]};
  int sources[kMostHandedDescriptors];
  int above = 3;
  for (std::size_t index = 0; index < count; ++index) {
    above = handed[index].theirs >= above ? handed[index].theirs + 1 : above;
    sources[index] = handed[index].ours;
  }
  bool good = true;
  for (int& source : standard) {
    good = good && move_above(source, above);
  }
  for (std::size_t index = 0; index < count; ++index) {
    good = good && move_above(sources[index], above);
  }
  close_on_exec_from(3);
  good = good && place_standard(standard);
  for (std::size_t index = 0; index < count; ++index) {
    good = good && place(sources[index], handed[index].theirs);
  }
  return good;
}

BACKSTAY_IN_CHILD bool place_descriptors(const HandedDescriptor* handed,
                                         std::size_t count,
                                         const int* given) {
  if (count > 0 || given[0] < 3 || given[1] < 3 || given[2] < 3) {
    return place_moved(handed, count, given);
  }
  close_on_exec_from(3);
  return place_standard(given);
}

/// Everything that the child must be before it becomes the program.
BACKSTAY_IN_CHILD bool prepare(const ChildSetup& setup) {
  (void)call(SYS_setsid);
  if (call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL) != 0) {
    return false;
  }
  if (call(SYS_getppid) != setup.parent) {
    return false;  // the parent died before its death could be noticed
  }
  reset_signals();
  (void)call(SYS_umask, 0077);
  return ::syscall(SYS_chdir, "/") == 0 &&
         place_descriptors(setup.handed, setup.handed_count, setup.standard);
}

/// Async-signal-safe, allocates nothing, and does not return where the program was started.
BACKSTAY_IN_CHILD int become_program(void* argument) {
  auto& setup = *static_cast<ChildSetup*>(argument);
  if (prepare(setup)) {
    (void)::syscall(SYS_execve, setup.program, setup.arguments, setup.environment);
  }
  setup.failed = errno != 0 ? errno : ESRCH;
  (void)call(SYS_exit_group, 127);
  return 127;  // not reached
}

/// No handler of ours may run in the child, which shares our memory.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }

  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

constexpr std::size_t kStack = 32U << 10U;

Error cannot_start(const std::string& program, int error_number) {
  auto error = errno_error(error_number, "cannot start `" + program + "`");
  const bool of_program = error_number == ENOENT || error_number == EACCES ||
                          error_number == ENOEXEC || error_number == ENOTDIR ||
                          error_number == ELOOP;
  error.kind = of_program ? ErrorKind::ToolMissing : ErrorKind::Io;
  return error;
}

}  // namespace

EnvironmentBlock::EnvironmentBlock(const Command& command) {
  std::map<std::string, std::string> all = {
      {"LANG", "C.UTF-8"}, {"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}, {"TZ", "UTC"}};
  for (const auto& [name, value] : command.environment) {
    all[name] = value;
  }
  for (const auto& [name, value] : all) {
    strings_.push_back(name + "=" + value);
  }
  for (const auto& text : strings_) {
    pointers_.push_back(text.c_str());
  }
  pointers_.push_back(nullptr);
}

Result<Launched> launch(const Command& command, std::array<int, 3> standard) {
  const EnvironmentBlock environment(command);
  std::vector<const char*> words = {command.program.c_str()};
  for (const std::string& word : command.arguments) {
    words.push_back(word.c_str());
  }
  words.push_back(nullptr);
  ChildSetup setup{.program = command.program.c_str(),
                   .arguments = words.data(),
                   .environment = environment.get(),
                   .handed = command.descriptors.data(),
                   .handed_count = command.descriptors.size(),
                   .standard = standard.data(),
                   .parent = ::getpid()};
  // Why not zeroed: only what is touched costs.
  const std::unique_ptr<std::byte[]> stack(new std::byte[kStack]);
  void* const top = stack.get() + kStack - reinterpret_cast<std::uintptr_t>(stack.get()) % 64;
  int pidfd = -1;
  pid_t process = -1;
  {
    const AllSignalsBlocked blocked;
    errno = 0;
    // We stand still until the child is the program or has ended; nothing of us is copied for it.
    process = ::clone(become_program, top, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &setup,
                      &pidfd);
  }
  const int failed = process < 0 ? errno : setup.failed;
  Descriptor watch(pidfd);
  if (process > 0 && failed != 0) {
    while (::waitpid(process, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  if (failed != 0) {
    return cannot_start(command.program, failed);
  }
  return Launched{.process = process, .watch = std::move(watch)};
}

}  // namespace backstay::runtime
