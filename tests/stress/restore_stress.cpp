// restore_stress hostile|race|round-trip [--count N] [--seed S]: the restore writer against
// archives that were mutated, against a process that swaps names under it, and on random trees.
// Prints one line; exit 0 when nothing was violated. The same seed does the same.
#define CATCH_CONFIG_RUNNER
#include <charconv>
#include <cstdio>
#include <cstring>
#include <random>
#include <string_view>

#include "tests/support/catch.hpp"
#include "tests/unit/runtime/restore/hostile_mutations.hpp"
#include "tests/unit/runtime/restore/hostile_trial.hpp"
#include "tests/unit/runtime/restore/rename_race.hpp"
#include "tests/unit/runtime/store/round_trip.hpp"

namespace {

using namespace backstay::runtime::testing;

struct Options {
  std::uint64_t count = 0;
  std::uint64_t seed = 1;
};

// Set before the session starts, which hands its tests no arguments.
Options& options() {
  static Options the_options;
  return the_options;
}

bool parse(const char* text, std::uint64_t& number) {
  const char* end = text + std::strlen(text);
  const auto [at, error] = std::from_chars(text, end, number);
  return error == std::errc() && at == end;
}

}  // namespace

TEST_CASE("hostile") {
  HostileTrial trial;
  const auto cases = hostile_cases(trial.top(), trial.outside());
  std::uint64_t refused = 0;
  for (std::uint64_t i = 0; i < options().count; ++i) {
    std::mt19937_64 random(options().seed + i);
    const HostileCase& base = cases[random() % cases.size()];
    const TarDialect dialect = kTarDialects[random() % 4];
    const Forgery mutant = mutate(base.forgery, random, trial.top(), trial.outside());
    INFO("seed " << options().seed + i << ": " << base.name << ", " << name_of(dialect));
    const Aftermath after =
        trial.attack(mutant, dialect, random() % 2 == 0 ? Who::Root : Who::User, random() % 2 == 0);
    INFO(after.error);
    CHECK(after.outside == "");
    CHECK(after.gifts == "");
    CHECK(after.remains == "");
    CHECK(after.error != "the process died");
    refused += after.error.empty() ? 0 : 1;
  }
  std::printf("hostile: %llu mutated archives, %llu refused, seed %llu\n",
              static_cast<unsigned long long>(options().count),
              static_cast<unsigned long long>(refused),
              static_cast<unsigned long long>(options().seed));
}

TEST_CASE("race") {
  const backstay::test::TemporaryDirectory directory;
  const RaceOutcome ours = race_our_writer(directory / "race", options().count);
  CHECK(ours.outside == 0);
  RaceOutcome control;
  for (int round = 0; round < 100 && control.outside == 0; ++round) {
    control = race_libarchive(directory / "race", 3'000);
  }
  CHECK(control.outside > 0);
  std::printf(
      "race: %zu files inside, %zu refused, %zu outside; libarchive with all flags: %zu of 3000 "
      "outside\n",
      ours.inside, ours.refused, ours.outside, control.outside);
}

TEST_CASE("round-trip") {
  for (std::uint64_t i = 0; i < options().count; ++i) {
    INFO("seed " << options().seed + i);
    CHECK(round_trip_of_random_tree(options().seed + i) == "");
  }
  std::printf("round-trip: %llu random trees, there and back, by us and by hand, seed %llu\n",
              static_cast<unsigned long long>(options().count),
              static_cast<unsigned long long>(options().seed));
}

int main(int count, char** arguments) {
  const std::string_view topic = count > 1 ? arguments[1] : "";
  options().count = topic == "hostile" ? 1'000 : topic == "race" ? 1'000'000 : 2'000;
  bool valid = (topic == "hostile" || topic == "race" || topic == "round-trip") && count % 2 == 0;
  for (int i = 2; valid && i + 1 < count; i += 2) {
    const std::string_view name = arguments[i];
    valid = (name == "--count" && parse(arguments[i + 1], options().count)) ||
            (name == "--seed" && parse(arguments[i + 1], options().seed));
  }
  if (!valid || options().count == 0) {
    std::fprintf(stderr, "usage: restore_stress hostile|race|round-trip [--count N] [--seed S]\n");
    return 2;
  }
  const char* const session_arguments[] = {arguments[0], arguments[1]};
  return Catch::Session().run(2, session_arguments) == 0 ? 0 : 1;
}
