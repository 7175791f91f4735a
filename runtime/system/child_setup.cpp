#include "runtime/system/child_setup.hpp"

#include <algorithm>
#include <cerrno>
#include <map>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace backstay::runtime {
namespace {

void reset_signals() {
  struct sigaction usual {};

  usual.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) {
    (void)::sigaction(number, &usual, nullptr);  // fails for KILL and STOP only
  }
  sigset_t none;
  sigemptyset(&none);
  (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool move_above(int& descriptor, int above) {
  descriptor = ::fcntl(descriptor, F_DUPFD_CLOEXEC, above);
  return descriptor >= 0;
}

void close_on_exec_from(int first) {
  if (::close_range(static_cast<unsigned>(first), ~0U, CLOSE_RANGE_CLOEXEC) == 0) {
    return;
  }
  for (int number = first; number < 65536; ++number) {  // kernels before 5.11
    (void)::fcntl(number, F_SETFD, FD_CLOEXEC);
  }
}

/// First moves all sources above every number that is wanted, so that no placing overwrites one.
bool place_descriptors(const Command& command, std::array<int, 3> standard, int& report) {
  const auto& handed = command.descriptors;
  std::array<int, kMostHandedDescriptors> sources{};
  int above = 3;
  for (std::size_t index = 0; index < handed.size(); ++index) {
    above = std::max(above, handed[index].theirs + 1);
    sources[index] = handed[index].ours;
  }
  int moved_report = report;
  bool good = move_above(moved_report, above);
  if (good) {
    report = moved_report;
  }
  for (int& source : standard) {
    good = good && move_above(source, above);
  }
  for (std::size_t index = 0; index < handed.size(); ++index) {
    good = good && move_above(sources[index], above);
  }
  close_on_exec_from(3);
  for (int target = 0; target < 3; ++target) {
    good = good && ::dup2(standard[static_cast<std::size_t>(target)], target) == target;
  }
  for (std::size_t index = 0; index < handed.size(); ++index) {
    good = good && ::dup2(sources[index], handed[index].theirs) == handed[index].theirs;
  }
  return good;
}

/// Everything that the child must be before it becomes the program.
bool prepare(const ChildSetup& setup, int& report) {
  ::setsid();
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
    return false;
  }
  if (::getppid() != setup.parent) {
    ::_exit(127);  // the parent died before its death could be noticed
  }
  reset_signals();
  ::umask(0077);
  return ::chdir("/") == 0 && place_descriptors(setup.command, setup.standard, report);
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

void ChildSetup::become_program(int report,
                                const char* program,
                                const char* const* arguments) const {
  if (prepare(*this, report)) {
    ::execve(program, const_cast<char* const*>(arguments), const_cast<char* const*>(environment));
  }
  const int error_number = errno;
  (void)!::write(report, &error_number, sizeof error_number);
  ::_exit(127);
}

}  // namespace backstay::runtime
