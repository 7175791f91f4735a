// flock by hand: the holder writes who it is into the file that it locks, and another run reads it
// there. The locks of stagings are at the Filesystem border, where they are simulated too.
#include "runtime/store/lock.hpp"

#include <array>
#include <cerrno>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/store/layout.hpp"
#include "runtime/system/environment.hpp"

namespace backstay::runtime {

namespace {

std::string lock_path(const Store& store, const std::string& policy, const std::string& host) {
  return layout::locks(store.path) + "/" + layout::policy_at_host(policy, host);
}

std::string holder_text(const LockHolder& holder) {
  return "run " + holder.run_id + "\npid " + std::to_string(getpid()) + "\nboot " + boot_id() +
         "\nsince " + holder.since + "\n";
}

std::string read_holder(int descriptor) {
  std::array<char, 1024> text{};
  const ssize_t size = pread(descriptor, text.data(), text.size(), 0);
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string();
}

// `run 2026…, pid 12, since 2026…`
std::string in_one_line(const std::string& holder) {
  std::string line;
  std::size_t at = 0;
  while (at < holder.size()) {
    const std::size_t end = std::min(holder.find('\n', at), holder.size());
    const std::string fact = holder.substr(at, end - at);
    if (!fact.starts_with("boot "))
      line += (line.empty() ? "" : ", ") + fact;
    at = end + 1;
  }
  return line.empty() ? "an unknown process" : line;
}

/// At once or not at all. `what` is who else may hold it, as a sentence begins.
Result<Lock> take(const std::string& path, const std::string& what, const LockHolder& holder) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0)
    return errno_error(errno, "cannot open the lock `" + path + "`");
  Lock lock(descriptor);
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      return errno_error(errno, "cannot lock `" + path + "`");
    return Error{.kind = ErrorKind::Busy,
                 .message = what + " is going on: " + in_one_line(read_holder(descriptor)),
                 .hint = "wait for it to end, or end that process: the lock ends with it"};
  }
  // Why errors are ignored: the text only feeds the message of the next one; the lock is held.
  const std::string text = holder_text(holder);
  if (ftruncate(descriptor, 0) == 0) {
    (void)!pwrite(descriptor, text.data(), text.size(), 0);
  }
  return lock;
}

}  // namespace

Lock& Lock::operator=(Lock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Lock::~Lock() {
  if (descriptor_ >= 0)
    close(descriptor_);
}

Result<Lock> lock_policy(const Store& store,
                         const std::string& policy,
                         const std::string& host,
                         const LockHolder& holder) {
  BACKSTAY_TRY(layout::check_plain_name(policy, "policy"));
  BACKSTAY_TRY(layout::check_plain_name(host, "host"));
  return take(lock_path(store, policy, host),
              "another run of policy `" + policy + "` on `" + host + "`", holder);
}

Result<Lock> lock_call(const std::string& directory,
                       const std::string& policy,
                       const std::string& backup,
                       const LockHolder& holder) {
  return take(directory + "/" + policy + "@" + backup,
              "another call of all hosts for backup `" + backup + "` of policy `" + policy + "`",
              holder);
}

std::string lock_holder(const Store& store, const std::string& policy, const std::string& host) {
  const Lock file(open(lock_path(store, policy, host).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));

  struct stat status {};

  if (!file.held() || fstat(file.descriptor(), &status) != 0)
    return {};
  // Why not by trying the lock: a run that begins at this moment would find it busy.
  const std::string inode = ":" + std::to_string(status.st_ino) + " ";
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    if (line.find("FLOCK") != std::string::npos && line.find(inode) != std::string::npos) {
      return in_one_line(read_holder(file.descriptor()));
    }
  }
  return {};
}

}  // namespace backstay::runtime
