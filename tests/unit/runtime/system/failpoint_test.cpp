// The environment is read once a process, so each case looks from a process of its own.
#include "runtime/system/failpoint.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_directory.hpp"

namespace backstay::runtime {
namespace {

/// How a process ended that ran the hidden case below with these variables.
int pass_failpoints(const char* request, const char* log = nullptr) {
  const pid_t child = ::fork();
  if (child == 0) {
    request == nullptr ? ::unsetenv("BACKSTAY_FAILPOINT")
                       : ::setenv("BACKSTAY_FAILPOINT", request, 1);
    if (log != nullptr) {
      ::setenv("BACKSTAY_FAILPOINT_LOG", log, 1);
    }
    ::execl("/proc/self/exe", "system_tests", "pass failpoints", nullptr);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

}  // namespace

// Hidden: run by the cases below, in a process of its own. Its exit status has a digit a pass.
TEST_CASE("pass failpoints", "[.]") {
  int failures = 0;
  for (const auto* name : {"store.commit", "store.sync", "store.commit", "store.commit"}) {
    const auto passed = failpoint(name);
    failures = failures * 10 + (passed ? 0 : passed.error().kind == ErrorKind::NoSpace ? 1 : 2);
  }
  ::_exit(failures);
}

TEST_CASE("a failpoint does nothing unless it is asked for") {
  CHECK(WEXITSTATUS(pass_failpoints(nullptr)) == 0);
  CHECK(WEXITSTATUS(pass_failpoints("store.other:1:kill")) == 0);
  CHECK(WEXITSTATUS(pass_failpoints("store.commit:4:kill")) == 0);
}

TEST_CASE("a failpoint gives the errno at the N-th pass of its name") {
  CHECK(WEXITSTATUS(pass_failpoints("store.commit:2:ENOSPC")) == 10);
  CHECK(WEXITSTATUS(pass_failpoints("store.commit:3:EIO")) == 2);
  CHECK(WEXITSTATUS(pass_failpoints("store.sync:1:ENOSPC")) == 100);
}

TEST_CASE("a failpoint kills") {
  const int status = pass_failpoints("store.commit:3:kill");
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGKILL);
}

TEST_CASE("a failpoint stops until somebody lets it go on") {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("BACKSTAY_FAILPOINT", "store.commit:2:stop", 1);
    ::execl("/proc/self/exe", "system_tests", "pass failpoints", nullptr);
    ::_exit(127);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, WUNTRACED) == child);
  REQUIRE(WIFSTOPPED(status));
  ::kill(child, SIGCONT);
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("the log names every place that is passed, in order") {
  const test::TemporaryDirectory place;
  const auto log = place / "log";
  CHECK(WEXITSTATUS(pass_failpoints(nullptr, log.c_str())) == 0);
  std::ostringstream text;
  text << std::ifstream(log).rdbuf();
  CHECK(text.str() == "store.commit\nstore.sync\nstore.commit\nstore.commit\n");
}

}  // namespace backstay::runtime
