// A store, a world and a plan in a directory of their own, for the tests of archive, store and
// restore.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "runtime/restore/place_files.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/store/begin.hpp"
#include "runtime/store/lock.hpp"
#include "runtime/store/staging.hpp"
#include "runtime/store/store.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/store/verify.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_directory.hpp"

namespace backstay::runtime::testing {

namespace fs = std::filesystem;

using test::TemporaryDirectory;

/// Remembers warnings.
class RecordingEvents final : public Events {
 public:
  void step(std::string_view, StepState, std::string_view) override {}

  void progress(std::string_view, std::uint64_t, std::string_view) override {}

  void warning(std::string_view, std::string_view message) override {
    const std::lock_guard guard(mutex_);
    warnings.emplace_back(message);
  }

  std::vector<std::string> warnings;

 private:
  std::mutex mutex_;
};

/// The real time, moved as far as a test says.
class MovableClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() override { return real_.now() + offset_; }

  std::chrono::steady_clock::time_point steady_now() override { return real_.steady_now(); }

  void advance(std::chrono::hours by) { offset_ += by; }

 private:
  RealClock real_;
  std::chrono::hours offset_{0};
};

inline void write_text(const std::string& path, const std::string& text) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

inline std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// What went wrong, or empty: so that a failed REQUIRE shows it.
template <typename T>
std::string error_of(const Result<T>& result) {
  return result ? std::string() : to_string(result.error());
}

/// Runs RESTORE.txt as an operator would. What it printed, where it failed.
inline std::string restore_by_hand(const std::string& snapshot, const std::string& root) {
  const std::string log = root + ".log";
  const std::string command =
      "cd '" + snapshot + "' && ROOT='" + root + "' sh RESTORE.txt > '" + log + "' 2>&1";
  return std::system(command.c_str()) == 0 ? std::string() : read_text(log);
}

/// Everything for backups of one policy on one host.
class Bench {
 public:
  explicit Bench(Filesystem* use = nullptr) : Bench(std::string(), use) {}

  /// In a directory that outlives the bench; with an empty path in one of its own.
  explicit Bench(const std::string& base, Filesystem* use = nullptr)
      : base_(base.empty() ? directory.path() : base), files(use != nullptr ? *use : real) {
    world = std::make_unique<World>(
        World{clock, files, commands, {base_ + "/config", base_ + "/state", base_ + "/locks"}});
    target.name = "local";
    target.kind = "directory";
    target.path = base_ + "/store";
    auto made = init_store(real, world->directories, target.path, target.name);
    REQUIRE(error_of(made).empty());
    store = *made;
    backup.name = "nightly";
    step.id = "archive";
    step.host = "host1";
    plan.policy = "policy";
    plan.targets = {target};
  }

  StepContext context(Staging* staging = nullptr) {
    return StepContext{.world = *world,
                       .plan = plan,
                       .backup = backup,
                       .step = step,
                       .run_id = run_id,
                       .stop = {},
                       .events = events,
                       .staging = staging};
  }

  Result<std::unique_ptr<Staging>> begin() {
    run_id = "20260101T000000Z-" + random_hex8();
    return begin_staging(
        *world, store,
        {.policy = plan.policy,
         .backup = backup.name,
         .host = "host1",
         .run_id = run_id,
         .plan_bytes = "plan\n",
         .plan_digest = std::string(64, '0'),
         .again = again,
         .sealer = sealer,
         .warn = [this](const std::string& message) { events.warning({}, message); }});
  }

  /// From now on a file is trusted as soon as its times are past; for tests of what is not read
  /// again. Waits until the times of what was written before are.
  void settle() {
    again.settled = std::chrono::nanoseconds(0);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }

  /// One run with one component of files. The id of the snapshot.
  Result<std::string> back_up(const plan::ArchiveFiles& action) {
    BACKSTAY_ASSIGN(const Lock lock, lock_policy(store, plan.policy, "host1", {"run", "now"}));
    BACKSTAY_ASSIGN(const auto staging, begin());
    StepContext with = context(staging.get());
    BACKSTAY_TRY(execute(action, with));
    return staging->commit();
  }

  [[nodiscard]] plan::ArchiveFiles files_of(const std::string& path) const {
    plan::ArchiveFiles action;
    action.component = "app.files";
    action.path = path;
    return action;
  }

  static plan::RestoreFiles restore_of(const plan::ArchiveFiles& action) {
    return {action.component, action.path, action.except, action.keep, action.optional};
  }

  Result<PlaceOutcome> restore(const std::string& id,
                               PlaceRequest request,
                               Privileged privileged = Privileged::Granted) {
    BACKSTAY_ASSIGN(const auto snapshot, open_snapshot(real, store, id));
    request.run_id = "20260202T000000Z-" + random_hex8();
    request.privileged = privileged;
    PlaceOutcome outcome;
    BACKSTAY_TRY(place_files({real, *snapshot, {}, {}}, request, outcome));
    return outcome;
  }

  Result<VerifyReport> verify(const std::string& id, int level) {
    return verify_snapshot(real, store, {.snapshot = id, .level = level, .components = {}}, {});
  }

  TemporaryDirectory directory;

 private:
  std::string base_;

 public:
  RealFilesystem real;
  MovableClock clock;
  RealCommandRunner commands;
  RecordingEvents events;
  ReadAgain again;
  std::shared_ptr<const Sealer> sealer;  ///< null: the store is not sealed
  Filesystem& files;
  std::unique_ptr<World> world;
  Store store;
  plan::Target target;
  plan::Plan plan;
  plan::Backup backup;
  plan::Step step;
  std::string run_id;
};

}  // namespace backstay::runtime::testing
