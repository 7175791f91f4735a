#include "runtime/store/part_stamp.hpp"

#include <sys/stat.h>

namespace backstay::runtime {

std::optional<PartStamp> stamp_of(Filesystem& files, const std::string& path) {
  const auto file = files.open_read(path);

  struct ::stat status {};

  if (!file || (*file)->descriptor() < 0 || ::fstat((*file)->descriptor(), &status) != 0)
    return std::nullopt;
  return PartStamp{.device = status.st_dev,
                   .inode = status.st_ino,
                   .seconds = status.st_ctim.tv_sec,
                   .nanoseconds = status.st_ctim.tv_nsec};
}

}  // namespace backstay::runtime
