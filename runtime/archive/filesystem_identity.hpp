// Which file system a file is on, in a way that outlives a reboot: an inode number means nothing
// without it, and device numbers are given out anew.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include <sys/types.h>

namespace backstay::runtime {

/// Remembers what it found; one thread at a time.
class FilesystemIdentities {
 public:
  /// The first eight bytes of a SHA-256: of the UUID and subvolume where the kernel tells (ext4,
  /// btrfs, ZFS …), of the device's UUID in /dev/disk/by-uuid (XFS), else of device number and
  /// boot, so that nothing is taken for the same after a reboot. device  st_dev of `name`, which is
  /// in an open directory
  std::uint64_t identity(dev_t device, int directory, const std::string& name);

 private:
  std::unordered_map<dev_t, std::uint64_t> known_;
};

}  // namespace backstay::runtime
