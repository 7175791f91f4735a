// Where snapshots go: is each target there, is it the one that was registered, and is there room.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "cli/doctor/doctor.hpp"
#include "runtime/executor/choose.hpp"
#include "runtime/store/another_machine.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/store.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/system/environment.hpp"
#include "runtime/target/open_target.hpp"
#include "runtime/target/registration.hpp"

namespace backstay::cli {
namespace {

std::string mib(std::uint64_t bytes) {
  return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / static_cast<double>(1ULL << 30U));
}

// Room for once more the largest snapshot is what a full run may need.
void look_at_space(DoctorCall& call, const plan::Target& target, const runtime::Store& store) {
  const auto space = call.world.files.space(store.path);
  if (!space) {
    call.add_error("space", space.error());
    return;
  }
  std::uint64_t largest = 0;
  if (const auto list = runtime::list_snapshots(call.world.files, store, {})) {
    for (const runtime::SnapshotSummary& each : *list) {
      largest = std::max(largest, each.stored_bytes);
    }
  }
  const bool tight = space->free_bytes < largest || space->free_bytes < (64ULL << 20U) ||
                     (space->free_inodes < 1'000 && space->free_inodes != 0);
  call.add("space", tight ? Health::Problem : Health::Ok,
           fmt::format("{}: {} free in {}; the largest snapshot has {}", target.name,
                       mib(space->free_bytes), store.path, mib(largest)),
           tight ? "backstay prune PLAN --target " + target.name + " --dry-run" : "");
}

void look_at_staging(DoctorCall& call, const plan::Target& target, const runtime::Store& store) {
  const auto left = call.world.files.list(runtime::layout::staging(store.path));
  if (left && !left->empty()) {
    call.add("staging", Health::Warning,
             fmt::format(
                 "{}: {} run{} left unfinished snapshots (or one is running): the next run takes "
                 "them up or away",
                 target.name, left->size(), left->size() == 1 ? "" : "s"),
             "backstay run PLAN");
  }
}

// Only what the error itself says is mended by it: a server that does not answer is not.
std::string store_init(const Error& error, const plan::Target& target) {
  return error.hint.find("backstay store init") == std::string::npos
             ? ""
             : "backstay store init PLAN --target " + target.name;
}

bool goes_to(const plan::Backup& backup, const std::string& target) {
  return backup.target == target ||
         std::any_of(backup.copies.begin(), backup.copies.end(),
                     [&](const plan::Copy& copy) { return copy.target == target; });
}

// What runs noted of machines that bear the name of this one.
void look_at_another_machine(DoctorCall& call,
                             const plan::Plan& plan,
                             const plan::Target& target,
                             const runtime::Store& store) {
  std::set<std::string> hosts;
  for (const plan::Backup& backup : plan.backups) {
    const auto host = runtime::choose_host(backup, "", runtime::host_name());
    if (host && goes_to(backup, target.name))
      hosts.insert(*host);
  }
  for (const std::string& host : hosts) {
    const runtime::PolicyHost owner{plan.policy, host};
    const auto noted = runtime::read_points_of_another_machine(
        call.world.files, call.world.directories, store.uuid, owner);
    if (!noted) {
      call.add_error("targets", noted.error());
      continue;
    }
    std::vector<std::string> there(noted->begin(), noted->end());
    std::erase_if(there, [&](const std::string& id) {
      return !runtime::exists(call.world.files, runtime::layout::snapshot(store.path, id));
    });
    if (!there.empty()) {
      call.add(
          "targets", Health::Problem,
          target.name + ": " +
              runtime::points_of_another_machine_text(call.world.directories, store, owner, there),
          "in the policy: a host of its own for each machine");
    }
  }
}

void look_at_directory(DoctorCall& call, const plan::Plan& plan, const plan::Target& target) {
  const auto store = runtime::open_store(call.world.files, target, call.world.directories);
  if (!store) {
    call.add_error("targets", store.error(), store_init(store.error(), target));
    return;
  }
  call.add("targets", Health::Ok,
           fmt::format("{}: the store at {} is the registered one", target.name, store->path));
  look_at_space(call, target, *store);
  look_at_staging(call, target, *store);
  look_at_another_machine(call, plan, target, *store);
}

Result<std::string> reach(DoctorCall& call, const plan::Plan& plan, const plan::Target& target) {
  BACKSTAY_ASSIGN(const auto driver, runtime::open_target(call.world, plan, target));
  BACKSTAY_ASSIGN(const runtime::TargetIdentity identity, driver->identity(call.stop));
  BACKSTAY_TRY(
      runtime::check_registered(call.world.files, call.world.directories, target, identity));
  BACKSTAY_ASSIGN(const auto copies, driver->list(call.stop));
  return fmt::format("{}: {} is reached and is the registered one; {} copies", target.name,
                     driver->describe(), copies.size());
}

}  // namespace

void look_at_targets(DoctorCall& call, const plan::Plan& plan) {
  for (const plan::Target& target : plan.targets) {
    if (target.kind == "directory") {
      look_at_directory(call, plan, target);
    } else if (const auto reached = reach(call, plan, target)) {
      call.add("targets", Health::Ok, *reached);
    } else {
      Error error = reached.error();
      error.message = target.name + ": " + error.message;
      call.add_error("targets", error, store_init(error, target));
    }
    if (target.kind != "directory" && target.deletable_by.empty()) {
      call.add("targets", Health::Warning,
               fmt::format("{}: whoever takes this host over can delete there, too", target.name),
               "docs/targets.md: a key that may only add, and `deletable-by admin`");
    }
  }
}

}  // namespace backstay::cli
