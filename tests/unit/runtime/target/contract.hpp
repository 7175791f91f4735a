// What every driver of a target must keep, whatever carries the bytes: no receipt without a
// complete copy, and the next try completes it and moves only what is missing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "runtime/store/store.hpp"
#include "runtime/target/copy_to_target.hpp"
#include "runtime/target/target.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"

namespace backstay::runtime::testing {

/// A driver that is tried, and what a test can do behind its back.
struct TargetUnderTest {
  /// A new driver to the same far side, as the next run opens it.
  std::function<std::unique_ptr<TargetDriver>(World&)> open;
  /// Once the far side was made.
  std::function<void()> made = [] {};
  /// Whether what an upload left behind, that was cut short, is found again.
  bool resumes = true;
  /// Whether what earlier copies of the writer hold is not moved again.
  bool shares = true;
  /// Whether every lie is tried: what stands between is the same for all drivers, so one of them is
  /// enough; where a call takes long, two are.
  bool every_lie = true;
};

/// Snapshots as a backup leaves them, but made by hand: the contract needs no archive.
class MadeStore {
 public:
  MadeStore();

  /// files  path below `data/` to content. Returns the id.
  std::string add(const std::string& policy,
                  const std::string& host,
                  const std::map<std::string, std::string>& files);
  [[nodiscard]] std::string path_of(const std::string& id) const;
  [[nodiscard]] std::vector<Receipt> receipts(const std::string& id);

  [[nodiscard]] World& world() { return world_; }

  [[nodiscard]] const Store& store() const { return store_; }

 private:
  test::TemporaryDirectory directory_;
  RealFilesystem files_;
  MovableClock clock_;
  RealCommandRunner commands_;
  World world_;
  Store store_;
  std::uint64_t next_ = 1;
  std::string previous_;
};

/// Runs the whole contract, in sections. Far side and local store begin empty.
void check_target_contract(const TargetUnderTest& target);

}  // namespace backstay::runtime::testing
