// sign_on_terminal(): the one child that may talk with the operator.
//
// Why not CommandRunner: its children have no terminal, on purpose. Here the passphrase is a matter
// between the operator and ssh-keygen, and never passes through us.
#include <array>
#include <cerrno>
#include <cstdlib>
#include <vector>

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/signing/ssh_signature.hpp"
#include "runtime/system/descriptors.hpp"

namespace backstay::runtime {
namespace {

// A signature is below 2 KiB, also with RSA keys.
constexpr std::size_t kMost = 64U << 10U;

/// What a prompt, an agent and a token need, and nothing else.
std::vector<std::string> environment() {
  std::vector<std::string> block = {"LANG=C.UTF-8", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TZ=UTC"};
  for (const char* name : {"SSH_AUTH_SOCK", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "SSH_SK_PROVIDER",
                           "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "TERM", "HOME"}) {
    if (const char* value = std::getenv(name); value != nullptr)
      block.push_back(std::string(name) + "=" + value);
  }
  return block;
}

std::vector<char*> pointers_of(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts)
    pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

Result<pid_t> start(const std::string& program,
                    std::vector<std::string> arguments,
                    const Pipe& input,
                    const Pipe& output) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input.read_end.get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output.write_end.get(), STDOUT_FILENO);
  // Why: Ctrl-C at the prompt ends the child, whatever its parent does with signals.
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  sigset_t usual;
  sigfillset(&usual);
  ::posix_spawnattr_setsigdefault(&attributes, &usual);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<std::string> block = environment();
  pid_t child = -1;
  const int failed = ::posix_spawn(&child, program.c_str(), &actions, &attributes,
                                   pointers_of(arguments).data(), pointers_of(block).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (failed != 0)
    return errno_error(failed, "cannot start `" + program + "`");
  return child;
}

/// A text is small: it fits into the pipe (1 MiB, 64 KiB at least) before anybody reads.
bool write_all(int descriptor, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = ::write(descriptor, text.data() + done, text.size() - done);
    if (count < 0 && errno != EINTR)
      return false;
    done += count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  return true;
}

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 4096> room{};
  while (text.size() < kMost) {
    const ssize_t count = ::read(descriptor, room.data(), room.size());
    if (count == 0 || (count < 0 && errno != EINTR))
      break;
    text.append(room.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  }
  return text;
}

bool ended_well(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR)
      return false;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

Result<std::string> sign_on_terminal(const std::string& key,
                                     const char* space,
                                     const std::string& text) {
  BACKSTAY_ASSIGN(const std::string program, find_program("ssh-keygen"));
  BACKSTAY_ASSIGN(Pipe input, make_pipe());
  BACKSTAY_ASSIGN(Pipe output, make_pipe());
  BACKSTAY_ASSIGN(
      const pid_t child,
      start(program, {"ssh-keygen", "-Y", "sign", "-q", "-n", space, "-f", key}, input, output));
  input.read_end.reset();
  output.write_end.reset();
  const bool written = write_all(input.write_end.get(), text);
  input.write_end.reset();
  std::string signature = read_all(output.read_end.get());
  if (ended_well(child) && written && signature.starts_with(kArmour))
    return signature;
  return Error{.kind = ErrorKind::Credentials,
               .message = "`" + key + "` does not sign; ssh-keygen says why above",
               .hint =
                   "give a private key of ssh that you may read, or, of a key that an agent "
                   "holds, its public half"};
}

}  // namespace backstay::runtime
