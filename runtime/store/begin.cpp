#include "runtime/store/begin.hpp"

#include <chrono>
#include <thread>
#include <utility>

#include "lang/base/units.hpp"
#include "runtime/store/directory_staging.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/publish.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

namespace {

// Below this a run does not begin: cleaning up needs room too.
constexpr std::uint64_t kSpaceFloor = std::uint64_t{8} << 20U;
constexpr std::uint64_t kInodeFloor = 64;

Result<void> check_space(Filesystem& files, const Store& store) {
  BACKSTAY_ASSIGN(const SpaceStatus space, files.space(store.path));
  // A file system without a fixed number of inodes (btrfs) says 0 of 0.
  const bool inodes = space.free_inodes >= kInodeFloor || space.free_inodes == 0;
  if (space.free_bytes >= kSpaceFloor && inodes)
    return {};
  return Error{.kind = ErrorKind::NoSpace,
               .message = "the store `" + store.path +
                          "` is full: " + to_human(ByteSize{space.free_bytes}) + " and " +
                          std::to_string(space.free_inodes) + " inodes are free",
               .hint = "make room on that file system; Backstay leaves " +
                       to_human(ByteSize{kSpaceFloor}) + " free for itself"};
}

// A run that was killed right after its rename left its snapshot writable.
Result<void> tighten_snapshots(Filesystem& files, const Store& store) {
  const std::string directory = layout::snapshots(store.path);
  BACKSTAY_ASSIGN(const auto names, files.list(directory));
  for (const std::string& name : names) {
    const std::string path = directory + "/" + name;
    const auto status = files.status(path);
    const bool ours = status && status->type == FileType::Directory && layout::sequence_of(name);
    if (ours && status->mode != 0500)
      BACKSTAY_TRY(files.change_mode(path, 0500));
  }
  return {};
}

template <typename RestoreServer>
void add_databases(std::vector<std::string>& order, const RestoreServer& step) {
  if (!step.accounts_component.empty())
    order.push_back(step.accounts_component);
  for (const plan::DatabaseComponent& database : step.databases)
    order.push_back(database.component);
  if (!step.all_component.empty())
    order.push_back(step.all_component);
}

}  // namespace

// Another run's recovery may remove the directory before it is locked; then it is made again.
Result<std::unique_ptr<File>> make_staging(Filesystem& files, const std::string& path) {
  constexpr int kTries = 50;
  constexpr std::chrono::milliseconds kPause(20);
  for (int attempt = 0; attempt < kTries; ++attempt) {
    if (attempt > 0)
      std::this_thread::sleep_for(kPause);
    BACKSTAY_FAILPOINT("store.staging.create");
    BACKSTAY_ASSIGN(const bool there, is_there(files, path));
    if (!there)
      BACKSTAY_TRY(files.make_directory(path, 0700));
    auto lock = files.lock_directory(path);
    const bool again =
        !lock && (lock.error().kind == ErrorKind::Busy || lock.error().kind == ErrorKind::NotFound);
    if (!again)
      return lock;
  }
  return Error{.kind = ErrorKind::Busy, .message = "`" + path + "` is in use by another run"};
}

std::vector<std::string> restore_order(const plan::Backup& backup) {
  std::vector<std::string> order;
  for (const plan::Step& step : backup.restore) {
    if (const auto* files = std::get_if<plan::RestoreFiles>(&step.action)) {
      order.push_back(files->component);
    } else if (const auto* sqlite = std::get_if<plan::RestoreSqlite>(&step.action)) {
      order.push_back(sqlite->component);
    } else if (const auto* mariadb = std::get_if<plan::RestoreMariadb>(&step.action)) {
      add_databases(order, *mariadb);
    } else if (const auto* postgresql = std::get_if<plan::RestorePostgresql>(&step.action)) {
      add_databases(order, *postgresql);
    }
  }
  return order;
}

Result<std::size_t> recover_stagings(Filesystem& files, const Store& store) {
  const std::string directory = layout::staging(store.path);
  BACKSTAY_ASSIGN(const auto names, files.list(directory));
  std::size_t removed = 0;
  // Why first: one that was renamed into snapshots/ and back must not have its old name again after
  // a power cut, when half of it is gone.
  if (!names.empty())
    BACKSTAY_TRY(make_names_durable(files, store));
  for (const std::string& name : names) {
    const std::string path = directory + "/" + name;
    const auto status = files.status(path);
    if (!status || status->type != FileType::Directory)
      continue;  // foreign: not ours to touch
    auto lock = files.lock_directory(path);
    if (!lock)
      continue;
    BACKSTAY_FAILPOINT("store.recover.remove");
    BACKSTAY_TRY(remove_tree(files, path));
    BACKSTAY_FAILPOINT("store.recover.removed");
    ++removed;
  }
  if (removed > 0)
    BACKSTAY_TRY(files.sync_directory(directory));
  return removed;
}

Result<std::unique_ptr<Staging>> begin_staging(World& world,
                                               const Store& store,
                                               const StagingRequest& request) {
  BACKSTAY_TRY(layout::check_plain_name(request.policy, "policy"));
  BACKSTAY_TRY(layout::check_plain_name(request.host, "host"));
  BACKSTAY_TRY(layout::check_plain_name(request.run_id, "run"));
  BACKSTAY_TRY(recover_stagings(world.files, store));
  BACKSTAY_TRY(tighten_snapshots(world.files, store));
  BACKSTAY_TRY(check_space(world.files, store));
  if (!store.links && request.warn) {
    request.warn("the file system of `" + store.path +
                 "` has no hard links: every snapshot is a full copy");
  }
  const std::string path = layout::staging(store.path) + "/" + request.run_id;
  BACKSTAY_ASSIGN(auto lock, make_staging(world.files, path));
  if (auto made = world.files.make_directory(path + "/data", 0700); !made) {
    (void)remove_tree(world.files, path);
    return std::move(made).error();
  }
  return std::unique_ptr<Staging>(std::make_unique<DirectoryStaging>(
      world, store, request, StagingPlace{path, std::move(lock), BACKSTAY_VERSION}));
}

}  // namespace backstay::runtime
