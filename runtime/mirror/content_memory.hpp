// Hashes of files that were read before, so that a large tree that did not change is not read again
// every night. It is about this machine only: what the far side holds is always asked there.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <sys/stat.h>

#include "lang/base/result.hpp"
#include "lang/base/sha256.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// One tree's. One thread at a time.
class ContentMemory {
 public:
  ContentMemory() = default;
  /// A file that is not there or makes no sense is an empty memory.
  [[nodiscard]] static ContentMemory read(Filesystem& files, const std::string& path);

  /// Where size, times, inode and device are those of then.
  [[nodiscard]] std::optional<Digest> find(const std::string& path, const struct stat& status);
  void note(const std::string& path, const struct stat& status, const Digest& digest);

  /// What was found or noted since read(), and no more.
  [[nodiscard]] Result<void> write(Filesystem& files, const std::string& path) const;

  /// Whether anything was ever kept here.
  [[nodiscard]] bool was_there() const { return was_there_; }

 private:
  struct Known {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t modified = 0, changed = 0;  ///< ns since 1970
    Digest digest{};
  };

  [[nodiscard]] static Known known_of(const struct stat& status, const Digest& digest);

  std::map<std::string, Known> earlier_;
  std::map<std::string, Known> now_;
  bool was_there_ = false;
};

}  // namespace backstay::runtime
