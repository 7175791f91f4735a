#include "cli/survey/root_view.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace backstay::cli {
namespace {

SeenType type_of(const struct stat& status) {
  return S_ISREG(status.st_mode)   ? SeenType::File
         : S_ISDIR(status.st_mode) ? SeenType::Directory
                                   : SeenType::Other;
}

// Closes on every way out.
struct Closing {
  int descriptor;

  ~Closing() {
    if (descriptor >= 0) {
      ::close(descriptor);
    }
  }
};

Result<std::string> read_up_to(int descriptor, std::size_t limit) {
  std::string content;
  std::array<char, 65536> piece{};
  while (content.size() <= limit) {
    const std::size_t room = std::min(piece.size(), limit + 1 - content.size());
    const ssize_t got = ::read(descriptor, piece.data(), room);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return errno_error(errno, "cannot be read");
    }
    if (got == 0) {
      break;
    }
    content.append(piece.data(), static_cast<std::size_t>(got));
  }
  return content;
}

}  // namespace

Result<RootView> RootView::open(const std::string& root) {
  const int descriptor = ::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    return errno_error(errno, "`" + root + "` cannot be looked at");
  }
  return RootView(descriptor);
}

RootView::RootView(RootView&& other) noexcept : descriptor_(other.descriptor_) {
  other.descriptor_ = -1;
}

RootView::~RootView() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

int RootView::open_at(const std::string& path, int flags) const {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  for (int tries = 0; tries < 8; ++tries) {  // EAGAIN: something was renamed meanwhile
    const long got = ::syscall(SYS_openat2, descriptor_, path.c_str(), &how, sizeof how);
    if (got >= 0 || errno != EAGAIN) {
      return static_cast<int>(got);
    }
  }
  return -1;
}

std::optional<SeenType> RootView::type(const std::string& path) const {
  const Closing file{open_at(path, O_PATH)};

  struct stat status {};

  if (file.descriptor < 0 || ::fstat(file.descriptor, &status) != 0) {
    return std::nullopt;
  }
  return type_of(status);
}

std::string RootView::link_of(const std::string& path) const {
  const Closing file{open_at(path, O_PATH | O_NOFOLLOW)};
  std::array<char, 4096> target{};
  const ssize_t size =
      file.descriptor < 0 ? -1 : ::readlinkat(file.descriptor, "", target.data(), target.size());
  return size <= 0 ? "" : std::string(target.data(), static_cast<std::size_t>(size));
}

Result<std::string> RootView::read(const std::string& path, std::size_t limit) const {
  // O_NONBLOCK: opening a pipe would wait for somebody to write.
  const Closing file{open_at(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)};

  struct stat status {};

  if (file.descriptor < 0 || ::fstat(file.descriptor, &status) != 0) {
    return errno_error(errno, "`" + path + "` cannot be read");
  }
  if (!S_ISREG(status.st_mode)) {
    return Error{.kind = ErrorKind::Io, .message = "`" + path + "` is no regular file"};
  }
  BACKSTAY_ASSIGN(std::string content, read_up_to(file.descriptor, limit));
  if (content.size() > limit) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = "`" + path + "` is larger than " + std::to_string(limit) + " bytes"};
  }
  return content;
}

std::string RootView::first_bytes(const std::string& path, std::size_t count) const {
  const Closing file{open_at(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)};

  struct stat status {};

  std::string bytes(count, '\0');
  const bool regular =
      file.descriptor >= 0 && ::fstat(file.descriptor, &status) == 0 && S_ISREG(status.st_mode);
  const ssize_t got = regular ? ::read(file.descriptor, bytes.data(), count) : 0;
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

bool RootView::may_list(const std::string& path) const {
  const Closing directory{open_at(path, O_RDONLY | O_DIRECTORY)};
  return directory.descriptor >= 0;
}

std::vector<std::string> RootView::list(const std::string& path, std::size_t limit) const {
  std::vector<std::string> names;
  const int descriptor = open_at(path, O_RDONLY | O_DIRECTORY);
  DIR* directory = descriptor < 0 ? nullptr : ::fdopendir(descriptor);
  if (directory == nullptr) {
    if (descriptor >= 0) {
      ::close(descriptor);
    }
    return names;
  }
  while (const dirent* entry = ::readdir(directory)) {
    const std::string name = static_cast<const char*>(entry->d_name);
    if (name != "." && name != ".." && names.size() < limit) {
      names.push_back(name);
    }
  }
  ::closedir(directory);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace backstay::cli
