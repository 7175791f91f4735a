#include "runtime/signing/safe_file.hpp"

#include <cerrno>

#include <sys/stat.h>
#include <unistd.h>

namespace backstay::runtime {
namespace {

constexpr std::uint32_t kWritableByOthers = 0022;

bool is_ours(const struct stat& status, std::uint32_t forbidden) {
  return (status.st_uid == 0 || status.st_uid == ::geteuid()) && (status.st_mode & forbidden) == 0;
}

Error open_to_others(const std::string& path, const char* mode) {
  return {.kind = ErrorKind::Refused,
          .message = "`" + path + "` can be changed or read by others, or is no file",
          .hint = "chown root " + path + " && chmod " + mode + " " + path};
}

}  // namespace

Result<bool> is_there_and_safe(const std::string& path, std::uint32_t forbidden) {
  struct stat status {};

  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR)
      return false;
    return errno_error(errno, "cannot look at `" + path + "`");
  }
  if (!S_ISREG(status.st_mode) || !is_ours(status, forbidden))
    return open_to_others(path, forbidden == kWritableByOthers ? "go-w" : "go-rwx");
  const std::string directory = path.substr(0, path.rfind('/'));
  if (::stat(directory.c_str(), &status) != 0)
    return errno_error(errno, "cannot look at `" + directory + "`");
  if (!is_ours(status, kWritableByOthers))
    return open_to_others(directory, "go-w");
  return true;
}

}  // namespace backstay::runtime
