// A host, its sources and two stores on a disk, and the oracle that looks at them after a fault:
// what is visible is whole, what was reported is still there, unchanged.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/steps/context.hpp"
#include "runtime/store/staging.hpp"
#include "runtime/store/store.hpp"
#include "tests/support/fakes.hpp"

namespace backstay::stress {

/// The real files that every history backs up; they change a little before each run.
class SourceTree {
 public:
  SourceTree();
  ~SourceTree();
  SourceTree(const SourceTree&) = delete;
  SourceTree& operator=(const SourceTree&) = delete;

  void change();

  /// A file that is cut into segments, instead of one that goes into a pack.
  void set_large(bool large);

  [[nodiscard]] const std::string& path() const { return path_; }

  /// What a dump of the moment would be: mostly what it was before.
  [[nodiscard]] std::string dump() const;

 private:
  std::string path_;
  std::uint64_t version_ = 0;
};

/// What a run is asked for.
struct RunShape {
  bool failing_component = false;  ///< the snapshot becomes partial
  bool dump = true;                ///< a second component, from a stream
};

class StressStore {
 public:
  /// base      where the stores, the state and the configuration of the host are; empty: the root
  /// run_over  called when a run has ended and the oracle begins to look: faults end here
  StressStore(runtime::Filesystem& disk,
              const std::string& base,
              SourceTree& source,
              std::function<void()> run_over);

  /// Makes both stores. Without an Error they are there, durably.
  Result<void> init();
  /// One run as the program does it, from the staging to the memory. The id that it reports.
  Result<std::string> back_up(const RunShape& shape);
  /// The newest complete snapshot into the second store. Nothing to copy is success.
  Result<void> copy();
  /// A record of the newest snapshot.
  Result<void> record();

  /// What is wrong now; empty: nothing. Every visible snapshot passes level 2, every one that was
  /// reported is there with the same bytes, every record that was reported can be read.
  [[nodiscard]] std::string find_damage();
  /// What a successful run leaves in staging/ of the first store; empty: nothing.
  [[nodiscard]] std::string find_leftovers();

  [[nodiscard]] std::size_t reported() const;

  [[nodiscard]] const runtime::Store& store() const { return first_.store; }

  /// The ids in the first store that were reported, oldest first.
  [[nodiscard]] std::vector<std::string> ids() const;

 private:
  struct Place {
    std::string path;
    runtime::Store store;
    std::map<std::string, std::string> reported;  ///< id → its SHA256SUMS
    std::map<std::string, std::size_t> records;   ///< id → how many
  };

  runtime::StepContext context(runtime::Staging* staging);
  Result<void> add_files(runtime::Staging& staging);
  Result<void> add_dump(runtime::Staging& staging);
  Result<void> remember(Place& place, const std::string& id);
  [[nodiscard]] std::string find_damage(Place& place);

  runtime::Filesystem& disk_;
  SourceTree& source_;
  std::function<void()> run_over_;
  test::FakeClock clock_;
  runtime::RealCommandRunner commands_;
  runtime::World world_;
  Place first_;
  Place second_;
  plan::Plan plan_;
  plan::Backup backup_;
  plan::Step step_;
  std::uint64_t runs_ = 0;
};

}  // namespace backstay::stress
