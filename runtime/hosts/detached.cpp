#include "runtime/hosts/detached.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace backstay::runtime {
namespace {

class SpawnSetup {
 public:
  SpawnSetup() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }

  ~SpawnSetup() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;

  [[nodiscard]] int prepare(const DetachedProgram& program) {
    constexpr int kFresh = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW;
    const auto open = [&](int descriptor, const char* path, int flags) {
      return ::posix_spawn_file_actions_addopen(&actions_, descriptor, path, flags, 0600);
    };
    int failed = open(STDIN_FILENO, "/dev/null", O_RDONLY);
    failed = failed != 0 ? failed : open(STDOUT_FILENO, program.output.c_str(), kFresh);
    failed = failed != 0 ? failed : open(STDERR_FILENO, program.messages.c_str(), kFresh);
    failed = failed != 0 ? failed
                         : ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    sigset_t all;
    sigset_t none;
    ::sigfillset(&all);
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    constexpr int kFlags = POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    return failed != 0 ? failed : ::posix_spawnattr_setflags(&attributes_, kFlags);
  }

  [[nodiscard]] int start(pid_t& process, std::vector<char*>& words) const {
    return ::posix_spawn(&process, words.front(), &actions_, &attributes_, words.data(), environ);
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

Error failure(const std::string& program, int code) {
  return {.kind = code == ENOENT ? ErrorKind::ToolMissing : ErrorKind::Io,
          .message = "starting `" + program + "`: " + std::generic_category().message(code)};
}

}  // namespace

Result<int> start_detached(const DetachedProgram& program) {
  std::vector<std::string> words = program.words;
  std::vector<char*> pointers;
  for (std::string& word : words) {
    pointers.push_back(word.data());
  }
  pointers.push_back(nullptr);
  SpawnSetup setup;
  pid_t process = 0;
  int failed = setup.prepare(program);
  failed = failed != 0 ? failed : setup.start(process, pointers);
  if (failed != 0) {
    return failure(program.words.front(), failed);
  }
  return static_cast<int>(process);
}

bool detached_ended(int process) {
  int status = 0;
  return ::waitpid(process, &status, WNOHANG) != 0;
}

}  // namespace backstay::runtime
