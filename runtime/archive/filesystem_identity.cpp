#include "runtime/archive/filesystem_identity.hpp"

#include <cstring>

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lang/base/sha256.hpp"
#include "runtime/system/environment.hpp"

namespace backstay::runtime {

namespace {

// The name in /dev/disk/by-uuid that leads to a device; empty where there is none.
std::string uuid_of_device(dev_t device) {
  std::string found;
  DIR* names = opendir("/dev/disk/by-uuid");
  if (names == nullptr)
    return found;
  while (const dirent* entry = readdir(names)) {
    struct stat status {};

    if (fstatat(dirfd(names), entry->d_name, &status, 0) == 0 && S_ISBLK(status.st_mode) &&
        status.st_rdev == device) {
      found = entry->d_name;
    }
  }
  closedir(names);
  return found;
}

// Those whose f_fsid comes from the UUID (and, for btrfs, the subvolume) and not from the device.
bool has_lasting_id(std::uint64_t type) {
  constexpr std::uint64_t kZfs = 0x2fc12fc1;
  constexpr std::uint64_t kBcachefs = 0xca451a4e;
  return type == EXT4_SUPER_MAGIC || type == BTRFS_SUPER_MAGIC || type == F2FS_SUPER_MAGIC ||
         type == kZfs || type == kBcachefs;
}

std::string describe(dev_t device, int directory, const std::string& name) {
  struct statfs status {};

  // Why not the directory's: a file may be a mount of its own.
  const int file = openat(directory, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC);
  const bool known = file >= 0 && fstatfs(file, &status) == 0;
  if (file >= 0)
    close(file);
  if (known) {
    const auto type = static_cast<std::uint64_t>(status.f_type);
    std::uint64_t id = 0;
    static_assert(sizeof status.f_fsid == sizeof id);
    std::memcpy(&id, &status.f_fsid, sizeof id);
    if (has_lasting_id(type) && id != 0)
      return "id " + std::to_string(type) + " " + std::to_string(id);
  }
  const std::string uuid = uuid_of_device(device);
  return uuid.empty() ? "device " + std::to_string(device) + " " + boot_id() : "uuid " + uuid;
}

}  // namespace

std::uint64_t FilesystemIdentities::identity(dev_t device, int directory, const std::string& name) {
  const auto found = known_.find(device);
  if (found != known_.end())
    return found->second;
  const Digest digest = sha256(describe(device, directory, name));
  std::uint64_t identity = 0;
  std::memcpy(&identity, digest.data(), sizeof identity);
  known_.emplace(device, identity);
  return identity;
}

}  // namespace backstay::runtime
