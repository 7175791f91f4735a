#include "runtime/archive/kept_files.hpp"

#include <fcntl.h>

namespace backstay::runtime {

bool KeptFiles::is_same(const KnownGlance& known, const WalkItem& item) {
  struct stat status {};

  const int directory = item.directory->descriptor.get();
  return fstatat(directory, item.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         status.st_nlink == 1 &&
         known.stamp.same_as(status, filesystems_.identity(status.st_dev, directory, item.name)) &&
         owners_.user_name(status.st_uid) == known.user &&
         owners_.group_name(status.st_gid) == known.group;
}

Result<bool> KeptFiles::keep(const WalkItem& item, ListBatch& batch) {
  if (item.type != DT_REG || item.known.empty() || again_.all)
    return false;
  const auto known = glance_at_known(item.known);
  if (!known || known->mark.linked || known->mark.place != ListPlace::Base || known->large ||
      known->part.empty() || is_due(known->path, known->read_day, again_.today) ||
      !is_same(*known, item))
    return false;
  if (known->part != pack_name_) {
    BACKSTAY_ASSIGN(pack_, packs_.take(std::string(known->part)));
    pack_name_ = known->part;
  }
  if (!pack_)
    return false;
  batch.keep_line(item.record(), pack_, known->stamp.size);
  ++count_.files;
  count_.bytes += known->stamp.size;
  return true;
}

}  // namespace backstay::runtime
