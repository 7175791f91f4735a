// The real file system: one system call an operation, EINTR retried where that is right, and every
// failure naming the path. The failpoints before each call let a test kill or fail any of them.
#include "runtime/system/filesystem.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

std::string quoted(std::string_view doing, const std::string& path) {
  return std::string(doing) + " `" + path + "`";
}

/// Repeats a system call that a signal interrupted.
template <typename Call>
auto retry_interrupted(Call call) {
  auto answer = call();
  while (answer == -1 && errno == EINTR) {
    answer = call();
  }
  return answer;
}

/// Runs a call that answers 0 or -1.
template <typename Call>
Result<void> checked(std::string_view doing, const std::string& path, Call call) {
  if (retry_interrupted(call) != 0) {
    return errno_error(errno, quoted(doing, path));
  }
  return {};
}

class RealFile final : public File {
 public:
  RealFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}

  RealFile(const RealFile&) = delete;
  RealFile& operator=(const RealFile&) = delete;

  ~RealFile() override {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }

  Result<void> write(std::span<const std::byte> bytes) override {
    BACKSTAY_FAILPOINT("fs.write");
    while (!bytes.empty()) {
      const auto count =
          retry_interrupted([&] { return ::write(descriptor_, bytes.data(), bytes.size()); });
      if (count < 0) {
        return errno_error(errno, quoted("cannot write to", path_));
      }
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
  }

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const auto count =
        retry_interrupted([&] { return ::read(descriptor_, buffer.data(), buffer.size()); });
    if (count < 0) {
      return errno_error(errno, quoted("cannot read", path_));
    }
    return static_cast<std::size_t>(count);
  }

  Result<void> sync() override {
    BACKSTAY_FAILPOINT("fs.sync");
    // Why no retry, not even after EINTR: a failed fsync may have dropped the dirty pages, and the
    // next one would then report success for bytes that are lost.
    if (::fsync(descriptor_) != 0) {
      return errno_error(errno, quoted("cannot make durable", path_));
    }
    return {};
  }

  Result<void> close() override {
    BACKSTAY_FAILPOINT("fs.close");
    if (descriptor_ < 0) {
      return {};
    }
    // Why: on Linux the descriptor is gone after close() whatever it answers, also after EINTR.
    if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) {
      return errno_error(errno, quoted("cannot close", path_));
    }
    return {};
  }

  void drop_cache() override { (void)::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_DONTNEED); }

  [[nodiscard]] int descriptor() const override { return descriptor_; }

 private:
  int descriptor_;
  std::string path_;
};

Result<std::unique_ptr<File>> open_file(std::string_view doing,
                                        const std::string& path,
                                        int flags,
                                        std::uint32_t mode) {
  const int descriptor = retry_interrupted(
      [&] { return ::open(path.c_str(), flags | O_CLOEXEC, static_cast<mode_t>(mode)); });
  if (descriptor < 0) {
    return errno_error(errno, quoted(doing, path));
  }
  return std::unique_ptr<File>(std::make_unique<RealFile>(descriptor, path));
}

FileType type_of(mode_t mode) {
  if (S_ISREG(mode)) {
    return FileType::Regular;
  }
  if (S_ISDIR(mode)) {
    return FileType::Directory;
  }
  return S_ISLNK(mode) ? FileType::Symlink : FileType::Other;
}

Result<void> rename_with(const std::string& from, const std::string& to, unsigned flags) {
  BACKSTAY_FAILPOINT("fs.rename");
  return checked("cannot rename", from + "` to `" + to,
                 [&] { return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags); });
}

/// fsync for a directory, as fsync answers.
int sync_names(int directory) {
  struct statfs system {};

  if (::fstatfs(directory, &system) != 0) {
    return -1;
  }
  // Why: what fsync writes on btrfs is a log, and of a directory that was moved it can name both
  // places; a kernel that replays it after a power cut then refuses to mount the file system. A
  // commit of the whole file system leaves no log to replay. See docs/reliability.md.
  return system.f_type == BTRFS_SUPER_MAGIC ? ::syncfs(directory) : ::fsync(directory);
}

}  // namespace

Result<std::unique_ptr<File>> RealFilesystem::create(const std::string& path, std::uint32_t mode) {
  BACKSTAY_FAILPOINT("fs.create");
  BACKSTAY_ASSIGN(auto file,
                  open_file("cannot create", path, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR, mode));
  // Why: the mode that is asked for counts, not what the umask leaves of it.
  if ((mode & 0077U) != 0) {
    BACKSTAY_TRY(checked("cannot set the mode of", path,
                         [&] { return ::fchmod(file->descriptor(), static_cast<mode_t>(mode)); }));
  }
  return file;
}

Result<std::unique_ptr<File>> RealFilesystem::open_read(const std::string& path) {
  return open_file("cannot open", path, O_RDONLY, 0);
}

Result<std::unique_ptr<File>> RealFilesystem::open_append(const std::string& path) {
  BACKSTAY_FAILPOINT("fs.create");
  return open_file("cannot open", path, O_CREAT | O_APPEND | O_WRONLY | O_NOFOLLOW, 0600);
}

Result<void> RealFilesystem::make_directory(const std::string& path, std::uint32_t mode) {
  BACKSTAY_FAILPOINT("fs.mkdir");
  BACKSTAY_TRY(checked("cannot make the directory", path,
                       [&] { return ::mkdir(path.c_str(), static_cast<mode_t>(mode)); }));
  if ((mode & 0077U) == 0) {
    return {};
  }
  return change_mode(path, mode);
}

Result<void> RealFilesystem::sync_directory(const std::string& path) {
  BACKSTAY_FAILPOINT("fs.syncdir");
  BACKSTAY_ASSIGN(auto directory,
                  open_file("cannot open the directory", path, O_RDONLY | O_DIRECTORY, 0));
  if (sync_names(directory->descriptor()) != 0) {
    return errno_error(errno, quoted("cannot make durable the directory", path));
  }
  return {};
}

Result<std::unique_ptr<File>> RealFilesystem::lock_directory(const std::string& path) {
  BACKSTAY_ASSIGN(auto directory, open_file("cannot open the directory", path,
                                            O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0));
  if (::flock(directory->descriptor(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return errno_error(errno, quoted("cannot lock", path));
    }
    return Error{.kind = ErrorKind::Busy, .message = "`" + path + "` is in use by another run"};
  }

  struct stat held {};

  BACKSTAY_TRY(
      checked("cannot look at", path, [&] { return ::fstat(directory->descriptor(), &held); }));
  BACKSTAY_ASSIGN(const FileStatus named, status(path));
  if (held.st_ino == named.inode && held.st_dev == named.device) {
    return directory;
  }
  return Error{.kind = ErrorKind::NotFound, .message = "`" + path + "` was replaced meanwhile"};
}

Result<void> RealFilesystem::rename_no_replace(const std::string& from, const std::string& to) {
  return rename_with(from, to, RENAME_NOREPLACE);
}

Result<void> RealFilesystem::rename_replace(const std::string& from, const std::string& to) {
  return rename_with(from, to, 0);
}

Result<LinkOutcome> link_outcome(int error_number, const std::string& from, const std::string& to) {
  switch (error_number) {
    case 0:
      return LinkOutcome::Linked;
    case EMLINK:
      return LinkOutcome::TooMany;
    case EPERM:
    case EACCES:
      return LinkOutcome::Forbidden;
    case EXDEV:
      return LinkOutcome::OtherFilesystem;
    case EOPNOTSUPP:
    case ENOSYS:
      return LinkOutcome::Unsupported;
    default:
      return errno_error(error_number, quoted("cannot link", from + "` to `" + to));
  }
}

Result<LinkOutcome> RealFilesystem::link(const std::string& from, const std::string& to) {
  BACKSTAY_FAILPOINT("fs.link");
  const int answer =
      retry_interrupted([&] { return ::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), 0); });
  return link_outcome(answer == 0 ? 0 : errno, from, to);
}

Result<void> RealFilesystem::unlink(const std::string& path) {
  BACKSTAY_FAILPOINT("fs.unlink");
  return checked("cannot remove", path, [&] { return ::unlink(path.c_str()); });
}

Result<void> RealFilesystem::remove_directory(const std::string& path) {
  BACKSTAY_FAILPOINT("fs.rmdir");
  return checked("cannot remove the directory", path, [&] { return ::rmdir(path.c_str()); });
}

Result<void> RealFilesystem::change_mode(const std::string& path, std::uint32_t mode) {
  BACKSTAY_FAILPOINT("fs.chmod");
  return checked("cannot set the mode of", path,
                 [&] { return ::chmod(path.c_str(), static_cast<mode_t>(mode)); });
}

Result<FileStatus> RealFilesystem::status(const std::string& path) {
  struct stat found {};

  BACKSTAY_TRY(checked("cannot look at", path, [&] { return ::lstat(path.c_str(), &found); }));
  return FileStatus{.type = type_of(found.st_mode),
                    .size = static_cast<std::uint64_t>(found.st_size),
                    .mode = found.st_mode & 07777U,
                    .inode = found.st_ino,
                    .device = found.st_dev,
                    .links = found.st_nlink};
}

Result<std::vector<std::string>> RealFilesystem::list(const std::string& path) {
  const auto close_directory = [](DIR* directory) { ::closedir(directory); };
  const std::unique_ptr<DIR, decltype(close_directory)> directory(::opendir(path.c_str()),
                                                                  close_directory);
  if (!directory) {
    return errno_error(errno, quoted("cannot list", path));
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") {
      names.emplace_back(name);
    }
    errno = 0;
  }
  if (errno != 0) {
    return errno_error(errno, quoted("cannot list", path));
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<SpaceStatus> RealFilesystem::space(const std::string& path) {
  struct statvfs found {};

  BACKSTAY_TRY(checked("cannot ask for the free space of", path,
                       [&] { return ::statvfs(path.c_str(), &found); }));
  return SpaceStatus{.free_bytes = static_cast<std::uint64_t>(found.f_bavail) * found.f_frsize,
                     .free_inodes = found.f_favail};
}

}  // namespace backstay::runtime
