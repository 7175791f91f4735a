// What a killed drill left running is ended, whatever else comes and goes on the machine meanwhile.
#include "runtime/drill/leftover_processes.hpp"

#include <atomic>
#include <chrono>
#include <fstream>
#include <string>
#include <thread>

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_directory.hpp"

namespace backstay::runtime {
namespace {

/// Whether the kernel already tells what the process was started with. It wakes the parent of a
/// `vfork` a moment before that.
bool shows_its_arguments(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/cmdline", std::ios::binary);
  return file.peek() != std::ifstream::traits_type::eof();
}

/// Runs `sleep` for a minute; `path` is its name, which is to be seen when this returns.
pid_t start_sleep(const std::string& path) {
  pid_t process = 0;
  std::string name = path;
  std::string time = "60";
  char* arguments[] = {name.data(), time.data(), nullptr};
  REQUIRE(posix_spawn(&process, "/bin/sleep", nullptr, nullptr, arguments, nullptr) == 0);
  while (!shows_its_arguments(process))
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return process;
}

bool has_ended(pid_t process) {
  return ::waitpid(process, nullptr, WNOHANG) == process;
}

/// Processes that begin and end all the time.
class Bustle {
 public:
  Bustle() {
    thread_ = std::thread([this] {
      while (!stop_) {
        const pid_t child = ::vfork();
        if (child == 0)
          ::_exit(0);
        (void)::waitpid(child, nullptr, 0);
      }
    });
  }

  Bustle(const Bustle&) = delete;
  Bustle& operator=(const Bustle&) = delete;

  ~Bustle() {
    stop_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace

TEST_CASE("what a drill left running is ended, and nothing else") {
  const test::TemporaryDirectory directory;
  const pid_t ours = start_sleep(directory / "servers/db/sleep");
  const pid_t other = start_sleep(directory / "elsewhere/sleep");
  end_leftover_processes(directory.path());
  CHECK(has_ended(ours));
  CHECK_FALSE(has_ended(other));
  (void)::kill(other, SIGKILL);
  (void)::waitpid(other, nullptr, 0);
}

TEST_CASE("processes that end while they are looked at are no error") {
  const test::TemporaryDirectory directory;
  const Bustle one;
  const Bustle two;
  for (int round = 0; round < 500; ++round)
    CHECK_NOTHROW(end_leftover_processes(directory.path()));
}

}  // namespace backstay::runtime
