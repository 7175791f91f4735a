// Random histories of runs, copies and records, in which the program is killed or the power is cut
// at any change of the disk, again and again, also while the damage of the last time is cleaned up.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>

#include "tests/stress/stress_store.hpp"
#include "tests/stress/topics.hpp"
#include "tests/support/simulated_filesystem.hpp"

namespace backstay::stress {

namespace {

using test::FileCall;
using test::SimulatedFilesystem;

enum class Act : std::uint8_t { Init, Run, PartialRun, Copy, Record };
constexpr std::size_t kActs = 5;

// How a history goes wrong during one act.
enum class Fate : std::uint8_t { None, Kill, PowerCut, ErrorThenPowerCut };

struct Tally {
  std::uint64_t kills = 0;
  std::uint64_t cuts = 0;
  std::uint64_t errors = 0;
  std::uint64_t in_recovery = 0;
  std::uint64_t reported = 0;
};

class History {
 public:
  History(SourceTree& source, std::uint64_t seed, test::SyncLies lies, Tally& tally)
      : random_(seed),
        lies_(lies),
        tally_(tally),
        store_(disk_, {}, source, [this] { disk_.set_fault({}); }),
        source_(source) {}

  // What went wrong; empty: nothing.
  std::string run() {
    source_.set_large(random_() % 32 == 0);
    if (auto wrong = act(Act::Init); !wrong.empty()) {
      return wrong;
    }
    disk_.set_lies(lies_);
    const std::uint64_t acts = 2 + random_() % 4;
    for (std::uint64_t i = 0; i < acts; ++i) {
      if (auto wrong = act(choose()); !wrong.empty()) {
        return wrong;
      }
    }
    return finish();
  }

  [[nodiscard]] const std::string& story() const { return story_; }

 private:
  Act choose() {
    constexpr std::array kOften = {Act::Run,  Act::Run,  Act::Run,   Act::PartialRun,
                                   Act::Copy, Act::Copy, Act::Record};
    return kOften[random_() % kOften.size()];
  }

  Result<void> perform(Act what) {
    switch (what) {
      case Act::Init:
        return store_.init();
      case Act::Run:
      case Act::PartialRun: {
        source_.change();
        const auto done = store_.back_up(
            {.failing_component = what == Act::PartialRun, .dump = random_() % 2 == 0});
        return done ? Result<void>() : Result<void>(done.error());
      }
      case Act::Copy:
        return store_.copy();
      case Act::Record:
        return store_.record();
    }
    BACKSTAY_CHECK(false, "every act is performed");
  }

  // The changes that one such act made lately: so that every one of them is met as often.
  std::uint64_t changes_of(Act what) const { return typical_[static_cast<std::size_t>(what)]; }

  std::string act(Act what) {
    const Fate fate = random_() % 10 < 4 ? Fate::None : static_cast<Fate>(1 + random_() % 3);
    const std::uint64_t at = fate == Fate::None ? 0 : 1 + random_() % changes_of(what);
    const std::uint64_t cut_seed = random_();
    static constexpr std::array kNames = {"init", "run", "partial run", "copy", "record"};
    static constexpr std::array kFates = {"", ", killed at ", ", power cut at ",
                                          ", EIO and then a power cut at "};
    story_ += std::string(kNames[static_cast<std::size_t>(what)]) +
              kFates[static_cast<std::size_t>(fate)] + (at > 0 ? std::to_string(at) : "") + "; ";
    std::atomic<std::uint64_t> changes = 0;
    std::string reached;
    disk_.set_fault([&](FileCall call, const std::string& path) -> int {
      if (test::changes(call)) {
        ++changes;
      }
      const bool hit = fate == Fate::ErrorThenPowerCut ? test::changes(call) && changes == at
                                                       : fate != Fate::None && changes >= at;
      if (hit && reached.empty()) {
        reached = std::string(test::name_of(call)) + " " + path;
      }
      return hit ? EIO : 0;
    });
    const auto done = perform(what);
    disk_.set_fault({});
    story_ += reached.empty() ? "" : "(" + reached + (done ? "; said done) " : ") ");
    if (fate == Fate::None) {
      typical_[static_cast<std::size_t>(what)] = std::max<std::uint64_t>(changes, 1);
      if (!done) {
        return "without any fault: " + to_string(done.error());
      }
    }
    return aftermath(what, fate, !reached.empty(), cut_seed);
  }

  std::string aftermath(Act what, Fate fate, bool reached, std::uint64_t cut_seed) {
    if (reached) {
      tally_.kills += fate == Fate::Kill ? 1 : 0;
      tally_.cuts += fate == Fate::Kill ? 0 : 1;
      tally_.errors += fate == Fate::ErrorThenPowerCut ? 1 : 0;
      tally_.in_recovery += after_fault_ ? 1 : 0;
    }
    after_fault_ = reached;
    if (fate == Fate::PowerCut || fate == Fate::ErrorThenPowerCut) {
      disk_.cut_power(cut_seed);
    }
    if (auto damage = store_.find_damage(); !damage.empty()) {
      return damage;
    }
    // A store is there from the next command on that makes it.
    if (what == Act::Init && fate != Fate::None) {
      if (auto again = store_.init(); !again) {
        return "the next init needs help: " + to_string(again.error());
      }
    }
    return {};
  }

  // The next run needs no help, and all that was ever reported outlives a last power cut in which
  // everything is lost that was not synced.
  std::string finish() {
    story_ += "last run and copy, power cut";
    source_.change();
    if (const auto last = store_.back_up({}); !last) {
      return "the next run needs help: " + to_string(last.error());
    }
    if (auto left = store_.find_leftovers(); !left.empty()) {
      return left;
    }
    if (const auto copied = store_.copy(); !copied) {
      return "the next copy needs help: " + to_string(copied.error());
    }
    disk_.cut_power();
    tally_.reported += store_.reported();
    return store_.find_damage();
  }

  std::mt19937_64 random_;
  test::SyncLies lies_;
  Tally& tally_;
  SimulatedFilesystem disk_;
  StressStore store_;
  SourceTree& source_;
  std::string story_;
  bool after_fault_ = false;
  std::array<std::uint64_t, kActs> typical_ = {50, 60, 60, 40, 6};
};

// How many of the seeds find something wrong; prints the first few.
std::uint64_t count_violations(const Options& options,
                               std::uint64_t count,
                               test::SyncLies lies,
                               Tally& tally) {
  constexpr std::uint64_t kMostPrinted = 5;
  const bool control = lies.files || lies.directories;
  SourceTree source;
  std::uint64_t violations = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    History history(source, options.seed + i, lies, tally);
    const std::string wrong = history.run();
    if (wrong.empty()) {
      continue;
    }
    ++violations;
    if (!control && violations <= kMostPrinted) {
      std::printf("VIOLATION with --seed %lu --count 1: %s\n  history: %s\n", options.seed + i,
                  wrong.c_str(), history.story().c_str());
    }
  }
  return violations;
}

}  // namespace

int crash_histories(const Options& options) {
  Tally tally;
  const std::uint64_t violations = count_violations(options, options.count, {}, tally);
  Tally ignored;
  // The controls must fail: else the histories would prove nothing.
  const std::uint64_t controls = std::clamp<std::uint64_t>(options.count / 20, 20, 200);
  const auto control = [&](test::SyncLies lies) {
    return options.count == 1 ? 1 : count_violations(options, controls, lies, ignored);
  };
  const std::uint64_t files = control({.files = true, .directories = false});
  const std::uint64_t directories = control({.files = false, .directories = true});
  std::printf(
      "simulated crashes: %lu histories from seed %lu, %lu kills, %lu power cuts (%lu after an "
      "error), %lu of them in recovery, %lu snapshots reported: %lu violations; controls: without "
      "fsync of files %lu of %lu, of directories %lu of %lu\n",
      options.count, options.seed, tally.kills, tally.cuts, tally.errors, tally.in_recovery,
      tally.reported, violations, files, controls, directories, controls);
  return violations == 0 && files > 0 && directories > 0 ? 0 : 1;
}

}  // namespace backstay::stress
