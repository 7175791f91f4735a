// exec_log FILE PROGRAM ARGUMENT…
//
// Runs a program and writes down every program that it or a descendant of it starts: the argument
// vector and the environment, as the kernel has them in the moment of the start. A sampler over
// /proc would miss what lives for a millisecond; ptrace stops each one. Exit: that of the program,
// or 128 + its signal.
//
// FILE gets, for each start, the lines `exec PID`, `arg …` and `env …`. The first one is the
// program itself, whose environment is that of whoever called us.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr auto kFollow =
    PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;

// What `/proc/PID/cmdline` and `environ` hold: strings with a zero byte behind each.
void write_strings(std::ostream& out, pid_t process, const char* file, const char* what) {
  std::ifstream in("/proc/" + std::to_string(process) + "/" + file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::string::size_type begin = 0;
  while (begin < text.size()) {
    const auto end = std::min(text.find('\0', begin), text.size());
    out << what << ' ' << text.substr(begin, end - begin) << '\n';
    begin = end + 1;
  }
}

void note_start(std::ostream& out, pid_t process) {
  out << "exec " << process << '\n';
  write_strings(out, process, "cmdline", "arg");
  write_strings(out, process, "environ", "env");
  out.flush();
}

void go_on(pid_t process, int signal) {
  (void)::ptrace(PTRACE_CONT, process, nullptr, static_cast<long>(signal));
}

// A stop that ptrace itself made, or a signal on its way to the process.
void handle_stop(std::ostream& out, pid_t process, int status) {
  const int event = status >> 16;
  if (event == PTRACE_EVENT_EXEC) {
    note_start(out, process);
  }
  if (event == PTRACE_EVENT_STOP) {
    const int signal = WSTOPSIG(status);
    const bool stopped =
        signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
    if (stopped) {  // a real stop of its group: it stays stopped until it is continued
      (void)::ptrace(PTRACE_LISTEN, process, nullptr, nullptr);
      return;
    }
  }
  go_on(process, event == 0 ? WSTOPSIG(status) : 0);
}

int follow(std::ostream& out, pid_t program) {
  while (true) {
    int status = 0;
    const pid_t process = ::waitpid(-1, &status, __WALL);
    if (process < 0) {
      if (errno == EINTR) {
        continue;
      }
      return 1;
    }
    if (WIFSTOPPED(status)) {
      handle_stop(out, process, status);
    } else if (process == program) {
      return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::fputs("exec_log FILE PROGRAM ARGUMENT…\n", stderr);
    return 2;
  }
  std::ofstream out(arguments[1], std::ios::app | std::ios::binary);
  const pid_t program = ::fork();
  if (program == 0) {
    (void)::raise(SIGSTOP);  // until we follow it
    ::execvp(arguments[2], arguments + 2);
    std::perror(arguments[2]);
    ::_exit(127);
  }
  int status = 0;
  if (program < 0 || ::waitpid(program, &status, WUNTRACED) != program ||
      ::ptrace(PTRACE_SEIZE, program, nullptr, static_cast<long>(kFollow)) != 0) {
    std::perror("exec_log");
    return 1;
  }
  (void)::kill(program, SIGCONT);
  return follow(out, program);
}
