// Programs that are run: what they are given, what they leave, how they end.
#include "runtime/system/subprocess.hpp"

#include <array>
#include <atomic>
#include <cstring>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_directory.hpp"

namespace backstay::runtime {
namespace {

using test::TemporaryDirectory;

Command shell(const std::string& script, std::vector<std::string> arguments = {}) {
  Command command{.program = "/bin/sh", .arguments = {"-c", script, "sh"}};
  for (auto& argument : arguments) {
    command.arguments.push_back(std::move(argument));
  }
  return command;
}

Result<Exit> run(const Command& command) {
  RealCommandRunner runner;
  return runner.run(command, {});
}

Exit run_well(const Command& command) {
  auto exit = run(command);
  if (!exit) {
    FAIL(to_string(exit.error()));
  }
  return *exit;
}

/// Descriptors 3 … 99 that the child of this script has, by builtins alone (they open none).
const std::string kListDescriptors =
    "n=3; while [ $n -lt 100 ]; do [ -e /proc/$$/fd/$n ] && echo $n; n=$((n+1)); done; true";

bool is_alive(pid_t pid) {
  return ::kill(pid, 0) == 0;
}

/// Waits until the process is gone; the caller's test fails otherwise.
bool dies(pid_t pid) {
  for (int attempt = 0; attempt < 500 && is_alive(pid); ++attempt) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return !is_alive(pid);
}

pid_t read_pid(const std::string& path) {
  for (int attempt = 0; attempt < 500; ++attempt) {
    std::ifstream file(path);
    std::string line;
    if (std::getline(file, line) && !file.eof()) {
      return static_cast<pid_t>(std::stol(line));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return -1;
}

/// A stop that comes once the file exists.
std::jthread stop_when_there(const std::string& path, std::stop_source& source) {
  return std::jthread([path, &source] {
    while (::access(path.c_str(), F_OK) != 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    source.request_stop();
  });
}

}  // namespace

TEST_CASE("a child has no descriptor of ours but the standard ones") {
  const int leaky = ::open("/dev/null", O_RDONLY);  // no CLOEXEC, on purpose
  const int high = ::fcntl(leaky, F_DUPFD, 60);
  CHECK(run_well(shell(kListDescriptors)).output.empty());
  ::close(leaky);
  ::close(high);
}

TEST_CASE("handed descriptors arrive under their numbers, also when the numbers cross") {
  std::array<int, 2> files{};
  for (int index = 0; index < 2; ++index) {
    files[static_cast<std::size_t>(index)] = ::memfd_create("handed", MFD_CLOEXEC);
    const std::string text = index == 0 ? "first" : "second";
    REQUIRE(::write(files[static_cast<std::size_t>(index)], text.data(), text.size()) > 0);
  }
  auto command = shell("cat /dev/fd/" + std::to_string(files[1]) + "; echo; cat /dev/fd/" +
                       std::to_string(files[0]));
  command.descriptors = {{.ours = files[0], .theirs = files[1]},
                         {.ours = files[1], .theirs = files[0]}};
  const auto exit = run_well(command);
  CHECK(exit.output == "first\nsecond");
  CHECK(exit.errors.empty());

  command = shell(kListDescriptors);
  command.descriptors = {{.ours = files[0], .theirs = 3}, {.ours = files[1], .theirs = 17}};
  CHECK(run_well(command).output == "3\n17\n");
  ::close(files[0]);
  ::close(files[1]);
}

TEST_CASE(
    "a failed exec is told even when a handed descriptor takes the number of the report pipe") {
  const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  for (int number = 3; number < 20; ++number) {
    Command command{.program = "/nonexistent/program"};
    command.descriptors = {{.ours = file, .theirs = number}};
    const auto exit = run(command);
    REQUIRE_FALSE(exit);
    CHECK(exit.error().kind == ErrorKind::ToolMissing);
  }
  ::close(file);
}

TEST_CASE("the environment is exactly the named one") {
  ::setenv("BACKSTAY_TEST_LEAK", "1", 1);
  Command command{.program = "/usr/bin/env"};
  command.environment = {{"GREETING", "good day"}, {"TZ", "Europe/Paris"}};
  CHECK(run_well(command).output ==
        "GREETING=good day\nLANG=C.UTF-8\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\nTZ=Europe/Paris\n");
  ::unsetenv("BACKSTAY_TEST_LEAK");
}

TEST_CASE("a child starts in the root directory with umask 077 and the usual signals") {
  CHECK(run_well(shell("pwd; umask")).output == "/\n0077\n");

  // Blocked and ignored signals would pass through exec.
  struct sigaction ignore {};

  struct sigaction before {};

  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGHUP, &ignore, &before);
  sigset_t blocked;
  sigset_t mask_before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &mask_before);
  const auto exit = run_well(
      Command{.program = "/bin/grep", .arguments = {"-E", "^Sig(Blk|Ign)", "/proc/self/status"}});
  ::pthread_sigmask(SIG_SETMASK, &mask_before, nullptr);
  ::sigaction(SIGHUP, &before, nullptr);
  CHECK(exit.output == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_CASE("a child leads a session and a process group of its own") {
  // pid, parent, group, session: fields 1, 4, 5, 6 of /proc/PID/stat
  CHECK(run_well(shell("read pid name state parent group session rest </proc/$$/stat;"
                       "[ $pid = $group ] && [ $pid = $session ] && echo leader"))
            .output == "leader\n");
}

TEST_CASE("a program that is not there is ToolMissing, and no child of ours stays behind") {
  const auto exit = run(Command{.program = "/nonexistent/program"});
  REQUIRE_FALSE(exit);
  CHECK(exit.error().kind == ErrorKind::ToolMissing);
  CHECK(exit.error().message.find("/nonexistent/program") != std::string::npos);
  errno = 0;
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}

TEST_CASE("a file that is no program is ToolMissing") {
  const auto exit = run(Command{.program = "/etc/passwd"});
  REQUIRE_FALSE(exit);
  CHECK(exit.error().kind == ErrorKind::ToolMissing);
}

TEST_CASE("starting a program is no fork: nothing of us is copied for it") {
  static std::atomic<int> forks = 0;
  static const int registered = ::pthread_atfork([] { ++forks; }, nullptr, nullptr);
  REQUIRE(registered == 0);
  const int before = forks;
  REQUIRE(run(Command{.program = "/bin/true"})->ok());
  CHECK(forks == before);
  const pid_t child = ::fork();  // what is counted
  if (child == 0) {
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  CHECK(forks == before + 1);
}

TEST_CASE("a failed exec does not print our unflushed output twice") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  ::fflush(stdout);  // what the test's runner said is not the child's to print
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], 1);
    ::printf("once\n");  // stays in stdio's buffer: this is a pipe
    RealCommandRunner runner;
    (void)runner.run(Command{.program = "/nonexistent/program"}, {});
    ::fflush(stdout);
    ::_exit(0);
  }
  ::close(ends[1]);
  ::waitpid(child, nullptr, 0);
  std::array<char, 64> said{};
  const auto count = ::read(ends[0], said.data(), said.size());
  CHECK(std::string(said.data(), static_cast<std::size_t>(count)) == "once\n");
  ::close(ends[0]);
}

TEST_CASE("exit 9 and signal 9 are told apart") {
  const auto exited = run_well(shell("exit 9"));
  CHECK_FALSE(exited.signalled);
  CHECK(exited.code == 9);
  CHECK(describe(exited) == "exit status 9");
  const auto killed = run_well(shell("kill -9 $$"));
  CHECK(killed.signalled);
  CHECK(killed.code == 9);
  CHECK(describe(killed) == "signal 9 (KILL)");
  CHECK_FALSE(exited.ok());
  CHECK_FALSE(killed.ok());
  CHECK(run_well(shell("true")).ok());
}

TEST_CASE("a deadline ends the whole group, and grandchildren that ignore TERM too") {
  const TemporaryDirectory place;
  auto command = shell(
      "(trap '' TERM; sh -c 'echo $$ >$0' \"$1\" & exec sleep 1000) & "
      "trap '' TERM; (trap '' TERM; while :; do sleep 1; done) & echo $! >$1.kid; "
      "while :; do sleep 1; done",
      {place / "pid"});
  command.deadline = std::chrono::seconds(1);
  command.grace = std::chrono::seconds(0);
  const auto exit = run(command);
  REQUIRE_FALSE(exit);
  CHECK(exit.error().kind == ErrorKind::Timeout);
  CHECK(dies(read_pid(place / "pid.kid")));
}

TEST_CASE("what a child leaves behind in its group ends with it") {
  const TemporaryDirectory place;
  const auto exit = run_well(shell("sleep 1000 & echo $! >$1; exit 3", {place / "pid"}));
  CHECK(exit.code == 3);
  CHECK(dies(read_pid(place / "pid")));
}

TEST_CASE("somebody who left the group and holds the pipes open does not hold us") {
  const TemporaryDirectory place;
  const auto exit =
      run_well(shell("setsid sh -c 'echo $$ >$0; exec sleep 1000' \"$1\" & while ! [ -s $1 ]; do "
                     ":; done; echo done",
                     {place / "pid"}));
  CHECK(exit.output == "done\n");
  const pid_t escaped = read_pid(place / "pid");
  CHECK(is_alive(escaped));
  ::kill(escaped, SIGKILL);
}

TEST_CASE("a child that ended in time is not late for what it left holding its pipes") {
  const TemporaryDirectory place;
  auto command = shell(
      "setsid sh -c 'echo $$ >$0; exec sleep 1000' \"$1\" & while ! [ -s $1 ]; do :; done; "
      "echo done; exit 3",
      {place / "pid"});
  command.deadline = std::chrono::seconds(1);  // less than such a daemon is waited for
  const auto exit = run_well(command);
  CHECK(exit.code == 3);
  CHECK(exit.output == "done\n");
  ::kill(read_pid(place / "pid"), SIGKILL);
}

TEST_CASE("somebody who left the group and goes on talking does not hold us either") {
  const TemporaryDirectory place;
  for (const char* where : {"", " >&2"}) {
    auto command = shell(std::string("setsid sh -c 'echo $$ >$0; while echo again") + where +
                             "; do sleep 0.1; done' \"$1\" & while ! [ -s $1 ]; do :; done; exit 3",
                         {place / "pid"});
    const auto exit = run_well(command);
    CHECK(exit.code == 3);
    ::kill(read_pid(place / "pid"), SIGKILL);
    std::filesystem::remove(place / "pid");
  }
}

TEST_CASE("10 MiB on both pipes at once arrive whole") {
  std::size_t bytes = 0;
  auto command = shell("head -c 10485760 /dev/zero >&2 & head -c 10485760 /dev/zero; wait");
  command.standard_output = [&](std::span<const std::byte> piece) {
    bytes += piece.size();
    return Result<void>();
  };
  const auto exit = run_well(command);
  CHECK(exit.ok());
  CHECK(bytes == 10485760);
  CHECK(exit.errors.size() == 4U * (64U << 10U));  // capped, each byte shown as \x00
}

TEST_CASE("a child that says much at once and one that says little later are both heard") {
  CHECK(run_well(shell("head -c 300000 /dev/zero")).output.size() == 300000);
  CHECK(run_well(shell("sleep 0.05; echo late; sleep 0.05; echo later >&2")).output == "late\n");
  CHECK(run_well(shell("exec >&- 2>&-; sleep 0.05; exit 4")).code == 4);
}

TEST_CASE("a slow reader gets what the child wrote before it ended") {
  std::size_t bytes = 0;
  auto command = Command{.program = "/usr/bin/head", .arguments = {"-c", "900000", "/dev/zero"}};
  command.standard_output = [&](std::span<const std::byte> piece) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    bytes += piece.size();
    return Result<void>();
  };
  CHECK(run_well(command).ok());
  CHECK(bytes == 900000);
}

TEST_CASE("stdin is /dev/null unless it is fed") {
  CHECK(run_well(shell("readlink /proc/self/fd/0; cat")).output == "/dev/null\n");
}

TEST_CASE("stdin is fed to its end") {
  std::size_t left = 10U << 20U;
  Command command{.program = "/usr/bin/wc", .arguments = {"-c"}};
  command.standard_input = [&](std::span<std::byte> buffer) {
    const std::size_t count = std::min(left, buffer.size());
    std::memset(buffer.data(), 'x', count);
    left -= count;
    return Result<std::size_t>(count);
  };
  const auto exit = run_well(command);
  CHECK(exit.output == "10485760\n");
  CHECK(exit.took_all_input);
}

TEST_CASE("a child that closes its stdin early is no failure of ours, but it is told") {
  Command command = shell("exec <&-; sleep 0.2; exit 5");
  command.standard_input = [](std::span<std::byte> buffer) {
    return Result<std::size_t>(buffer.size());
  };
  const auto exit = run_well(command);
  CHECK(exit.code == 5);
  CHECK_FALSE(exit.took_all_input);
}

TEST_CASE("a failing source of stdin ends the child and is the answer") {
  Command command{.program = "/bin/cat"};
  command.standard_input = [](std::span<std::byte> /*buffer*/) {
    return Result<std::size_t>(Error{.kind = ErrorKind::Verification, .message = "damaged stream"});
  };
  const auto exit = run(command);
  REQUIRE_FALSE(exit);
  CHECK(exit.error().kind == ErrorKind::Verification);
  CHECK(exit.error().message == "damaged stream");
}

TEST_CASE("an Error of the stdout function ends an endless child and is the answer") {
  Command command{.program = "/usr/bin/yes"};
  command.standard_output = [](std::span<const std::byte> /*piece*/) {
    return Result<void>(Error{.kind = ErrorKind::NoSpace, .message = "store is full"});
  };
  const auto exit = run(command);
  REQUIRE_FALSE(exit);
  CHECK(exit.error().kind == ErrorKind::NoSpace);
}

TEST_CASE("collected output has a limit") {
  const auto exit = run(Command{.program = "/usr/bin/yes"});
  REQUIRE_FALSE(exit);
  CHECK(exit.error().kind == ErrorKind::ToolFailed);
}

TEST_CASE("output that nobody reads has no limit, and stderr is still told") {
  auto command = shell(
      "head -c 20000000 /dev/zero; [ /proc/$$/fd/1 -ef /dev/null ] && echo nowhere >&2; exit 3");
  command.drop_output = true;
  const auto exit = run_well(command);
  CHECK(exit.code == 3);
  CHECK(exit.output.empty());
  CHECK(exit.errors == "nowhere\n");
}

TEST_CASE("200 children at once end with their own codes") {
  constexpr int many = 200;
  constexpr int at_once = 20;
  RealCommandRunner runner;
  std::array<std::atomic<int>, many> codes{};
  {
    std::vector<std::jthread> threads;
    for (int first = 0; first < at_once; ++first) {
      threads.emplace_back([&, first] {
        for (int number = first; number < many; number += at_once) {
          const auto exit = runner.run(shell("exit $1", {std::to_string(number)}), {});
          codes[static_cast<std::size_t>(number)] = exit ? exit->code : -1;
        }
      });
    }
  }
  for (int number = 0; number < many; ++number) {
    CHECK(codes[static_cast<std::size_t>(number)] == number);
  }
}

TEST_CASE("children die with us") {
  const TemporaryDirectory place;
  const pid_t parent = ::fork();
  if (parent == 0) {
    RealCommandRunner runner;
    (void)runner.run(shell("echo $$ >$1; exec sleep 1000", {place / "pid"}), {});
    ::_exit(0);
  }
  const pid_t grandchild = read_pid(place / "pid");
  REQUIRE(grandchild > 0);
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  CHECK(dies(grandchild));
}

TEST_CASE("a stop sends TERM first, so that a child can tidy up") {
  const TemporaryDirectory place;
  std::stop_source source;
  const auto stopper = stop_when_there(place / "ready", source);
  RealCommandRunner runner;
  const auto exit =
      runner.run(shell("trap 'echo tidy >$1; exit 0' TERM; : >$2; while :; do sleep 0.05; done",
                       {place / "tidied", place / "ready"}),
                 source.get_token());
  REQUIRE_FALSE(exit);
  CHECK(exit.error().kind == ErrorKind::Interrupted);
  CHECK(::access((place / "tidied").c_str(), F_OK) == 0);
}

TEST_CASE("a stop sends TERM to the whole group, not to the child alone") {
  const TemporaryDirectory place;
  std::stop_source source;
  const auto stopper = stop_when_there(place / "ready", source);
  RealCommandRunner runner;
  const auto exit = runner.run(shell("trap : TERM; (trap 'echo tidy >$1; exit 0' TERM; : >$2; "
                                     "while :; do sleep 0.05; done) & wait; wait",
                                     {place / "tidied", place / "ready"}),
                               source.get_token());
  REQUIRE_FALSE(exit);
  CHECK(::access((place / "tidied").c_str(), F_OK) == 0);
}

TEST_CASE("a child that ignores TERM is killed after the grace, or at once when it is skipped") {
  for (const bool skip : {false, true}) {
    const TemporaryDirectory place;
    std::stop_source source;
    const auto stopper = stop_when_there(place / "ready", source);
    RealCommandRunner runner;
    auto command = shell("trap '' TERM; echo $$ >$1; : >$2; while :; do sleep 0.05; done",
                         {place / "pid", place / "ready"});
    command.grace = skip ? std::chrono::seconds(100000) : std::chrono::seconds(1);
    if (skip) {
      runner.skip_grace();
    }
    const auto exit = runner.run(command, source.get_token());
    REQUIRE_FALSE(exit);
    CHECK(exit.error().kind == ErrorKind::Interrupted);
    CHECK_FALSE(is_alive(read_pid(place / "pid")));
  }
}

TEST_CASE("after a stop nothing is started any more") {
  const TemporaryDirectory place;
  std::stop_source source;
  source.request_stop();
  RealCommandRunner runner;
  const auto exit = runner.run(shell(": >$1", {place / "started"}), source.get_token());
  REQUIRE_FALSE(exit);
  CHECK(exit.error().kind == ErrorKind::Interrupted);
  CHECK(::access((place / "started").c_str(), F_OK) != 0);
}

TEST_CASE("stderr cannot act on a terminal") {
  const auto exit =
      run_well(shell("printf 'bad\\033[2J\\rline\\n\\ttab \\303\\251 \\377 \\302\\233x' >&2"));
  CHECK(exit.errors == "bad\\x1b[2J\\x0dline\n\ttab é \\xff \\xc2\\x9bx");
}

TEST_CASE("stderr keeps its last part") {
  const auto exit = run_well(shell("head -c 200000 /dev/zero | tr '\\0' a >&2; echo end >&2"));
  CHECK(exit.errors.size() == (64U << 10U));
  CHECK(exit.errors.ends_with("aaend\n"));
}

TEST_CASE("programs are found in the system's directories alone") {
  const auto found = find_program("tar");
  REQUIRE(found);
  CHECK(found->starts_with("/"));
  CHECK(found->ends_with("/tar"));
  CHECK_FALSE(find_program("../bin/tar"));
  CHECK_FALSE(find_program(""));
}

TEST_CASE("a missing program is named with the package that brings it") {
  const auto missing = find_program("ansible-playbook-of-another-world");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == ErrorKind::ToolMissing);
  CHECK(package_of("mariadb-dump") == "mariadb-client");
  CHECK(package_of("pg_dump") == "postgresql-client");
  CHECK(package_of("unheard-of").empty());
}

TEST_CASE("a program that others may change is refused") {
  const TemporaryDirectory place;
  const auto tool = place / "tool";
  std::ofstream(tool) << "#!/bin/sh\n";
  ::chmod(tool.c_str(), 0755);
  const auto found = find_program(tool);  // below a directory that everybody may write to
  REQUIRE_FALSE(found);
  CHECK(found.error().kind == ErrorKind::ToolMissing);
  CHECK(found.error().message.find("can be changed by others than root") != std::string::npos);
}

}  // namespace backstay::runtime
