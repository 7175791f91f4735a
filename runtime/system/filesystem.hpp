// The file system as the store's commit path sees it: few operations, each one system call.
//
// A border, so that a simulated file system can lose, reorder and tear what was not synced, and so
// that a test can fail any call. Bulk reading of sources does not pass through here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <sys/stat.h>

#include "lang/base/result.hpp"

namespace backstay::runtime {

/// An open file or directory. Closes itself; a writer calls close() and looks at the answer,
/// because a failed close condemns what was written.
class File {
 public:
  virtual ~File() = default;
  /// Writes all of `bytes`, or fails.
  virtual Result<void> write(std::span<const std::byte> bytes) = 0;
  /// Up to `buffer.size()` bytes; 0 at the end.
  virtual Result<std::size_t> read(std::span<std::byte> buffer) = 0;
  /// fsync. Never call it again after a failure: the file is condemned.
  virtual Result<void> sync() = 0;
  virtual Result<void> close() = 0;
  /// Asks the kernel to forget the cached pages, so that the next read comes from the device.
  virtual void drop_cache() = 0;
  /// The descriptor, for flock and for handing on; -1 where there is none (simulated).
  [[nodiscard]] virtual int descriptor() const = 0;
};

enum class FileType : std::uint8_t { Regular, Directory, Symlink, Other };

struct FileStatus {
  FileType type = FileType::Other;
  std::uint64_t size = 0;
  std::uint32_t mode = 0;
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
  std::uint64_t links = 0;
};

struct SpaceStatus {
  std::uint64_t free_bytes = 0;  ///< for us (f_bavail)
  std::uint64_t free_inodes = 0;
};

/// What became of a hard link; what is no matter of links at all is an Error.
enum class LinkOutcome : std::uint8_t {
  Linked,
  TooMany,          ///< EMLINK: the file has as many names as its file system allows
  Forbidden,        ///< EPERM, EACCES
  OtherFilesystem,  ///< EXDEV
  Unsupported,      ///< EOPNOTSUPP, ENOSYS
};

/// The outcome that an errno of link(2) stands for.
[[nodiscard]] Result<LinkOutcome> link_outcome(int error_number,
                                               const std::string& from,
                                               const std::string& to);

/// Paths are absolute. Every failure names the path. Thread-safe.
class Filesystem {
 public:
  virtual ~Filesystem() = default;
  /// O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, mode 0600 unless said.
  virtual Result<std::unique_ptr<File>> create(const std::string& path,
                                               std::uint32_t mode = 0600) = 0;
  virtual Result<std::unique_ptr<File>> open_read(const std::string& path) = 0;
  /// Opens or creates for appending, mode 0600.
  virtual Result<std::unique_ptr<File>> open_append(const std::string& path) = 0;
  virtual Result<void> make_directory(const std::string& path, std::uint32_t mode) = 0;
  /// fsync of a directory.
  virtual Result<void> sync_directory(const std::string& path) = 0;
  /// Takes the flock of a directory, exclusive, at once or not at all; it is held as long as the
  /// File lives, and ends with the process. Errors: Busy when another holds it, NotFound when the
  /// name was gone or another directory's by the time it was locked.
  virtual Result<std::unique_ptr<File>> lock_directory(const std::string& path) = 0;
  virtual Result<void> rename_no_replace(const std::string& from, const std::string& to) = 0;
  /// Replaces `to`; for small state files that are written beside and renamed.
  virtual Result<void> rename_replace(const std::string& from, const std::string& to) = 0;
  virtual Result<LinkOutcome> link(const std::string& from, const std::string& to) = 0;
  virtual Result<void> unlink(const std::string& path) = 0;
  virtual Result<void> remove_directory(const std::string& path) = 0;
  virtual Result<void> change_mode(const std::string& path, std::uint32_t mode) = 0;
  /// Does not follow a symbolic link. NotFound where there is nothing.
  virtual Result<FileStatus> status(const std::string& path) = 0;
  /// Names without `.` and `..`, sorted by byte.
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  virtual Result<SpaceStatus> space(const std::string& path) = 0;
};

class RealFilesystem final : public Filesystem {
 public:
  Result<std::unique_ptr<File>> create(const std::string& path, std::uint32_t mode) override;
  Result<std::unique_ptr<File>> open_read(const std::string& path) override;
  Result<std::unique_ptr<File>> open_append(const std::string& path) override;
  Result<void> make_directory(const std::string& path, std::uint32_t mode) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<std::unique_ptr<File>> lock_directory(const std::string& path) override;
  Result<void> rename_no_replace(const std::string& from, const std::string& to) override;
  Result<void> rename_replace(const std::string& from, const std::string& to) override;
  Result<LinkOutcome> link(const std::string& from, const std::string& to) override;
  Result<void> unlink(const std::string& path) override;
  Result<void> remove_directory(const std::string& path) override;
  Result<void> change_mode(const std::string& path, std::uint32_t mode) override;
  Result<FileStatus> status(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<SpaceStatus> space(const std::string& path) override;
};

// --- made from the above ------------------------------------------------------------------------

/// False where it cannot be seen, too: for what only saves work or words a message.
[[nodiscard]] bool exists(Filesystem& files, const std::string& path);
/// Whether there is something; an Error where that cannot be told.
[[nodiscard]] Result<bool> is_there(Filesystem& files, const std::string& path);
/// The whole file; BadInput over `limit` bytes.
[[nodiscard]] Result<std::string> read_file(Filesystem& files,
                                            const std::string& path,
                                            std::uint64_t limit = 64ULL << 20U);
/// create, write, sync, close, change_mode. The directory is the caller's to sync.
[[nodiscard]] Result<void> write_new_file(Filesystem& files,
                                          const std::string& path,
                                          std::string_view content,
                                          std::uint32_t mode);
/// Writes `path.new-RANDOM`, syncs it, renames it over `path`, syncs the directory.
[[nodiscard]] Result<void> replace_file(Filesystem& files,
                                        const std::string& path,
                                        std::string_view content,
                                        std::uint32_t mode);
/// mkdir -p; existing directories are fine.
[[nodiscard]] Result<void> make_directories(Filesystem& files,
                                            const std::string& path,
                                            std::uint32_t mode);
/// Removes a tree of ours, never crossing a file system and never following a link.
[[nodiscard]] Result<void> remove_tree(Filesystem& files, const std::string& path);

}  // namespace backstay::runtime
