#include "runtime/system/subprocess.hpp"

#include <optional>

#include <signal.h>

#include "runtime/system/child_session.hpp"
#include "runtime/system/child_setup.hpp"

namespace backstay::runtime {
namespace {

/// Writing to a child that closed its stdin must give EPIPE, not end us.
class SigpipeBlock {
 public:
  SigpipeBlock() {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
  }

  SigpipeBlock(const SigpipeBlock&) = delete;
  SigpipeBlock& operator=(const SigpipeBlock&) = delete;

  ~SigpipeBlock() {
    if (sigismember(&before_, SIGPIPE) == 0) {
      const timespec no_wait{};
      while (sigtimedwait(&sigpipe_, nullptr, &no_wait) > 0) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t sigpipe_{};
  sigset_t before_{};
};

}  // namespace

Result<Exit> RealCommandRunner::run(const Command& command, std::stop_token stop) {
  BACKSTAY_CHECK(command.program.starts_with("/"), "programs are named by absolute path");
  BACKSTAY_CHECK(command.descriptors.size() <= kMostHandedDescriptors,
                 "few descriptors are handed over");
  if (stop.stop_requested()) {
    return Error{.kind = ErrorKind::Interrupted,
                 .message = "`" + command.program + "` was not started: the run was interrupted"};
  }
  std::optional<SigpipeBlock> no_sigpipe;
  if (command.standard_input) {
    no_sigpipe.emplace();
  }
  ChildSession session(command, skip_grace_);
  BACKSTAY_TRY(session.start());
  return session.finish(stop);
}

}  // namespace backstay::runtime
