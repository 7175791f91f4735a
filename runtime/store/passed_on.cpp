#include "runtime/store/passed_on.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace backstay::runtime {
namespace {

/// Receipts of what is copied on are written into the store that received it. Those of root the
/// account that receives could not read, and what root writes below another account's directory
/// lands wherever that account lets its names lead.
Result<void> check_owner(const std::string& store) {
  struct stat status {};

  if (::stat(store.c_str(), &status) != 0 || status.st_uid == ::geteuid())
    return {};
  return Error{.kind = ErrorKind::Refused,
               .message = fmt::format("the store `{}` is another account's (uid {}), and this one "
                                      "(uid {}) would have to write its receipts there",
                                      store, status.st_uid, ::geteuid()),
               .hint =
                   "let the keys with the forced command `receive` log in as the account that "
                   "copies on, and give the store to it"};
}

std::string place_on_its_host(const plan::Target& target) {
  return target.remote.substr(target.remote.find(":/") + 1);
}

}  // namespace

Result<Store> open_passed_on(Filesystem& files,
                             const plan::Target& target,
                             const Directories& directories) {
  BACKSTAY_ASSIGN(Store store,
                  open_store_for_reading(files, place_on_its_host(target), directories));
  BACKSTAY_TRY(check_owner(store.path));
  return store;
}

Result<Lock> lock_passing_on(Filesystem& files,
                             const Directories& directories,
                             const std::string& policy,
                             const std::string& backup,
                             const std::string& target,
                             const LockHolder& holder) {
  const std::string directory = directories.state + "/copies-on";
  BACKSTAY_TRY(make_directories(files, directory, 0700));
  return lock_call(directory, policy, backup + "-" + target, holder);
}

}  // namespace backstay::runtime
