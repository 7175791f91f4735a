// at_syscall [--calls FILE] [--io] [--kill N | --errno NAME N [--forever]] PROGRAM ARGUMENT…
//
// Runs a program under ptrace and follows all that it starts. The N-th system call of all of them
// together (with --io: of those that deal with files) ends the process that makes it with SIGKILL,
// or fails with an errno without being made. How many there were goes into FILE. Exit: that of the
// program, or 128 + its signal.
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

struct Wish {
  std::uint64_t at = 0;  // 0: only count
  int error_number = 0;  // 0: kill
  bool forever = false;
  bool only_files = false;
};

// The calls that a disk, a quota or a limit can make fail.
bool deals_with_files(unsigned long long call) {
  static const std::set<unsigned long long> calls = {
      SYS_read,      SYS_write,     SYS_pread64,   SYS_pwrite64,  SYS_open,       SYS_openat,
      SYS_openat2,   SYS_close,     SYS_stat,      SYS_fstat,     SYS_lstat,      SYS_newfstatat,
      SYS_statx,     SYS_fsync,     SYS_fdatasync, SYS_ftruncate, SYS_getdents64, SYS_rename,
      SYS_renameat,  SYS_renameat2, SYS_mkdir,     SYS_mkdirat,   SYS_rmdir,      SYS_link,
      SYS_linkat,    SYS_unlink,    SYS_unlinkat,  SYS_chmod,     SYS_fchmod,     SYS_fchmodat,
      SYS_fchown,    SYS_statfs,    SYS_fstatfs,   SYS_flock,     SYS_readlink,   SYS_readlinkat,
      SYS_fallocate, SYS_lseek,     SYS_fcntl,     SYS_fgetxattr, SYS_flistxattr};
  return calls.count(call) != 0;
}

struct Thread {
  bool inside = false;  // between entry and exit of a system call
  bool failing = false;
};

int errno_of(const char* text) {
  constexpr int kHighest = 133;
  for (int number = 1; number <= kHighest; ++number) {
    const char* known = ::strerrorname_np(number);
    if (known != nullptr && std::strcmp(text, known) == 0) {
      return number;
    }
  }
  return 0;
}

// Calls on a descriptor that is no file, as the pipes inside a process: no disk makes them fail.
bool is_of_no_file(pid_t thread, const user_regs_struct& registers) {
  static const std::set<unsigned long long> calls = {
      SYS_read,     SYS_write, SYS_close,     SYS_fstat, SYS_lseek,     SYS_fcntl,     SYS_pread64,
      SYS_pwrite64, SYS_fsync, SYS_fdatasync, SYS_flock, SYS_ftruncate, SYS_fallocate, SYS_fchmod};
  if (calls.count(registers.orig_rax) == 0) {
    return false;
  }
  const std::string path =
      "/proc/" + std::to_string(thread) + "/fd/" + std::to_string(registers.rdi);
  char first = 0;
  return ::readlink(path.c_str(), &first, 1) != 1 || first != '/';
}

// The thread group of a thread: whom a SIGKILL ends.
pid_t process_of(pid_t thread) {
  const std::string path = "/proc/" + std::to_string(thread) + "/status";
  std::FILE* file = std::fopen(path.c_str(), "re");
  if (file == nullptr) {
    return thread;
  }
  char line[256];
  pid_t group = thread;
  while (std::fgets(line, sizeof line, file) != nullptr) {
    if (std::strncmp(line, "Tgid:", 5) == 0) {
      group = static_cast<pid_t>(std::atoi(line + 5));
    }
  }
  (void)std::fclose(file);
  return group;
}

class Tracer {
 public:
  Tracer(pid_t child, const Wish& wish) : child_(child), wish_(wish) {}

  int run() {
    int status = 0;
    (void)::waitpid(child_, &status, 0);
    constexpr long kOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                              PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    (void)::ptrace(PTRACE_SETOPTIONS, child_, nullptr, kOptions);
    go_on(child_, 0);
    int answer = 0;
    while (true) {
      const pid_t thread = ::waitpid(-1, &status, __WALL);
      if (thread < 0) {
        return answer;
      }
      if (WIFEXITED(status) || WIFSIGNALED(status)) {
        threads_.erase(thread);
        if (thread == child_) {
          answer = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
        continue;
      }
      stopped(thread, status);
    }
  }

  [[nodiscard]] std::uint64_t calls() const { return calls_; }

 private:
  static void go_on(pid_t thread, int signal) {
    (void)::ptrace(PTRACE_SYSCALL, thread, nullptr, static_cast<long>(signal));
  }

  void stopped(pid_t thread, int status) {
    const int signal = WSTOPSIG(status);
    const bool event = (status >> 16) != 0;
    const bool fresh = threads_.find(thread) == threads_.end();
    Thread& state = threads_[thread];
    if (signal == (SIGTRAP | 0x80)) {
      state.inside = !state.inside;
      if (state.inside) {
        entered(thread, state);
      } else {
        left(thread, state);
      }
      go_on(thread, 0);
    } else if (event || signal == SIGTRAP || (signal == SIGSTOP && fresh)) {
      go_on(thread, 0);  // a new thread, an exec
    } else {
      go_on(thread, signal);
    }
  }

  void entered(pid_t thread, Thread& state) {
    user_regs_struct registers{};
    if (::ptrace(PTRACE_GETREGS, thread, nullptr, &registers) != 0) {
      return;
    }
    if (wish_.only_files &&
        (!deals_with_files(registers.orig_rax) || is_of_no_file(thread, registers))) {
      return;
    }
    ++calls_;
    const bool due = calls_ == wish_.at || (wish_.forever && wish_.at > 0 && calls_ > wish_.at);
    if (!due) {
      return;
    }
    if (wish_.error_number == 0) {
      (void)::kill(process_of(thread), SIGKILL);
      return;
    }
    registers.orig_rax = static_cast<unsigned long long>(-1);  // no such call: nothing happens
    (void)::ptrace(PTRACE_SETREGS, thread, nullptr, &registers);
    state.failing = true;
  }

  void left(pid_t thread, Thread& state) {
    if (!state.failing) {
      return;
    }
    state.failing = false;
    user_regs_struct registers{};
    if (::ptrace(PTRACE_GETREGS, thread, nullptr, &registers) == 0) {
      registers.rax = static_cast<unsigned long long>(-wish_.error_number);
      (void)::ptrace(PTRACE_SETREGS, thread, nullptr, &registers);
    }
  }

  pid_t child_;
  Wish wish_;
  std::uint64_t calls_ = 0;
  std::map<pid_t, Thread> threads_;
};

int usage() {
  std::fprintf(stderr,
               "usage: at_syscall [--calls FILE] [--io] [--kill N | --errno NAME N] [--forever] "
               "PROGRAM ARGUMENT…\n");
  return 2;
}

}  // namespace

int main(int count, char** arguments) {
  Wish wish;
  const char* calls_file = nullptr;
  int at = 1;
  for (; at < count && std::strncmp(arguments[at], "--", 2) == 0; ++at) {
    const std::string name = arguments[at];
    if (name == "--forever") {
      wish.forever = true;
    } else if (name == "--io") {
      wish.only_files = true;
    } else if (name == "--calls" && at + 1 < count) {
      calls_file = arguments[++at];
    } else if (name == "--kill" && at + 1 < count) {
      wish.at = std::strtoull(arguments[++at], nullptr, 10);
    } else if (name == "--errno" && at + 2 < count) {
      wish.error_number = errno_of(arguments[++at]);
      wish.at = wish.error_number == 0 ? 0 : std::strtoull(arguments[++at], nullptr, 10);
    } else {
      return usage();
    }
  }
  if (at >= count) {
    return usage();
  }
  const pid_t child = ::fork();
  if (child == 0) {
    (void)::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    (void)::raise(SIGSTOP);
    (void)::execv(arguments[at], arguments + at);
    _exit(127);
  }
  Tracer tracer(child, wish);
  const int answer = tracer.run();
  if (calls_file != nullptr) {
    std::ofstream(calls_file) << tracer.calls() << "\n";
  }
  return answer;
}
