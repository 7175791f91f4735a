// Every call of the Filesystem border fails in turn, once or from then on, with the errors that
// disks and quotas give: the run fails and says so, or was right to succeed; the next one needs no
// help.
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>

#include "tests/stress/stress_store.hpp"
#include "tests/stress/topics.hpp"
#include "tests/support/simulated_filesystem.hpp"

namespace backstay::stress {

namespace {

using test::FileCall;
using test::SimulatedFilesystem;

constexpr std::array kErrors = {ENOSPC, EIO,    EDQUOT, EMFILE, ENOMEM, EINTR,
                                EROFS,  EACCES, EAGAIN, ESTALE, ENFILE, EPERM};

enum class Act : std::uint8_t { Init, First, Incremental, Partial, Copy, SecondCopy, Record };
constexpr int kActs = 7;
constexpr std::array<const char*, kActs> kNames = {
    "init", "first run", "second run", "partial run", "copy", "second copy", "record"};

struct Injection {
  Act act{};
  FileCall call{};
  std::uint64_t nth = 0;
  bool forever = false;
  int error = 0;
};

class Trial {
 public:
  explicit Trial(SourceTree& source)
      : store_(disk_, {}, source, [this] { disk_.set_fault({}); }), source_(source) {}

  // What comes before the act, without faults.
  Result<void> prepare(Act act) {
    if (act == Act::Init || act == Act::First) {
      return act == Act::Init ? Result<void>() : store_.init();
    }
    BACKSTAY_TRY(store_.init());
    BACKSTAY_TRY(run({}));
    if (act == Act::SecondCopy) {
      BACKSTAY_TRY(store_.copy());
      BACKSTAY_TRY(run({}));
    }
    return {};
  }

  Result<void> perform(Act act) {
    switch (act) {
      case Act::Init:
        return store_.init();
      case Act::First:
      case Act::Incremental:
        return run({});
      case Act::Partial:
        return run({.failing_component = true});
      case Act::Copy:
      case Act::SecondCopy:
        return store_.copy();
      case Act::Record:
        return store_.record();
    }
    BACKSTAY_CHECK(false, "every act is performed");
  }

  // How often a clean act makes each call.
  std::array<std::uint64_t, test::kFileCalls> count_calls(Act act) {
    std::array<std::uint64_t, test::kFileCalls> counts{};
    const auto prepared = prepare(act);
    BACKSTAY_CHECK(prepared.has_value(), "without faults all succeeds");
    disk_.set_fault([&](FileCall call, const std::string&) -> int {
      ++counts[static_cast<std::size_t>(call)];
      return 0;
    });
    const auto done = perform(act);
    disk_.set_fault({});
    BACKSTAY_CHECK(done.has_value(), "without faults all succeeds");
    return counts;
  }

  // What went wrong; empty: nothing.
  std::string run_with(const Injection& injection, std::uint64_t cut_seed) {
    if (const auto prepared = prepare(injection.act); !prepared) {
      return "without any fault: " + to_string(prepared.error());
    }
    std::atomic<std::uint64_t> calls = 0;
    disk_.set_fault([&](FileCall call, const std::string&) -> int {
      if (call != injection.call) {
        return 0;
      }
      const std::uint64_t now = ++calls;
      return now == injection.nth || (injection.forever && now > injection.nth) ? injection.error
                                                                                : 0;
    });
    const auto done = perform(injection.act);
    disk_.set_fault({});
    reported_failure = !done;
    if (!done && to_string(done.error()).empty()) {
      return "the failure has no words";
    }
    if (cut_seed % 2 == 0) {
      disk_.cut_power(cut_seed);
    }
    if (auto damage = store_.find_damage(); !damage.empty()) {
      return damage;
    }
    return next_needs_no_help(injection.act);
  }

  bool reported_failure = false;

 private:
  Result<void> run(const RunShape& shape) {
    source_.change();
    const auto done = store_.back_up(shape);
    return done ? Result<void>() : Result<void>(done.error());
  }

  std::string next_needs_no_help(Act act) {
    if (act == Act::Init) {
      if (const auto again = store_.init(); !again) {
        return "the next init needs help: " + to_string(again.error());
      }
    }
    if (const auto next = run({}); !next) {
      return "the next run needs help: " + to_string(next.error());
    }
    if (auto left = store_.find_leftovers(); !left.empty()) {
      return left;
    }
    if (const auto copied = store_.copy(); !copied) {
      return "the next copy needs help: " + to_string(copied.error());
    }
    disk_.cut_power();
    return store_.find_damage();
  }

  SimulatedFilesystem disk_;
  StressStore store_;
  SourceTree& source_;
};

// Every call that a clean act makes, once and from then on.
std::vector<Injection> all_injections(SourceTree& source) {
  std::vector<Injection> all;
  for (int act = 0; act < kActs; ++act) {
    const auto counts = Trial(source).count_calls(static_cast<Act>(act));
    for (int call = 0; call < test::kFileCalls; ++call) {
      for (std::uint64_t nth = 1; nth <= counts[static_cast<std::size_t>(call)]; ++nth) {
        for (const bool forever : {false, true}) {
          all.push_back({static_cast<Act>(act), static_cast<FileCall>(call), nth, forever, 0});
        }
      }
    }
  }
  return all;
}

}  // namespace

int errno_injections(const Options& options) {
  constexpr std::uint64_t kMostPrinted = 5;
  SourceTree source;
  std::vector<Injection> all = all_injections(source);
  std::mt19937_64 random(options.seed);
  std::ranges::shuffle(all, random);
  std::uint64_t violations = all.empty() ? 1 : 0;
  std::uint64_t failures = 0;
  for (std::uint64_t i = 0; i < options.count && !all.empty(); ++i) {
    Injection injection = all[i % all.size()];
    injection.error = kErrors[(i + i / all.size()) % kErrors.size()];
    Trial trial(source);
    const std::string wrong = trial.run_with(injection, random());
    failures += trial.reported_failure ? 1 : 0;
    if (!wrong.empty() && ++violations <= kMostPrinted) {
      std::printf("VIOLATION with --seed %lu, number %lu: %s of the %lu. %s of a %s%s: %s\n",
                  options.seed, i + 1, strerrorname_np(injection.error), injection.nth,
                  test::name_of(injection.call), kNames[static_cast<std::size_t>(injection.act)],
                  injection.forever ? " and of all that follow" : "", wrong.c_str());
    }
  }
  std::printf(
      "errno injections: %lu of the %zu places of %d acts, from seed %lu, %zu errors; %lu reported "
      "as failures, the others rightly as success: %lu violations\n",
      options.count, all.size(), kActs, options.seed, kErrors.size(), failures, violations);
  return violations == 0 ? 0 : 1;
}

}  // namespace backstay::stress
